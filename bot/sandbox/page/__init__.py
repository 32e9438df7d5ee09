"""The page of the demo: `source` is drawn by React, `built` is what the browser gets (`make page`)."""
