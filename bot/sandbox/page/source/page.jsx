import "slack-blocks-to-jsx/dist/style.css";
import "./blocks.css";

import { createRoot } from "react-dom/client";

import { Message } from "./surfaces.jsx";

createRoot(document.getElementById("root")).render(<Message text="Nightshift" />);
