// The frame: what is real and what is not, who looks, how things stand, and the two switches.
import { Switch } from "./switches.jsx";

const BOT = { running: "The bot is running", starting: "The bot is starting", gone: "The bot is gone" };

export function TopBar({ state, isOpen, theme, setTheme, device, setDevice }) {
  const { hello, standing } = state;
  return (
    <header className="top-bar">
      <div className="top-words">
        <h1>Nightshift</h1>
        <p>
          <strong>This is a simulation.</strong> Pretend Slack, pretend Acronis, the real bot. Nothing leaves this
          machine.
        </p>
      </div>
      <p className={`standing is-${isOpen ? standing.bot : "gone"}`} role="status">
        {isOpen ? BOT[standing.bot] : "The demo has ended"}
        {standing.away && " · Acronis is away"}
        {standing.rate > 1 && ` · the clock runs ${standing.rate} times as fast`}
        {standing.rate === 1 && standing.ahead > 60 && ` · ${ahead(standing.ahead)} ahead of your clock`}
      </p>
      <div className="top-switches">
        {hello && (
          <p className="who">
            You are <strong>{hello.me.real_name}</strong>, {hello.me.zone.split("/").at(-1).replace("_", " ")}.{" "}
            {hello.others.map((name) => (
              <a key={name} href={`?as=${name}`} target={`nightshift-${name}`}>
                Open {name}’s window
              </a>
            ))}
          </p>
        )}
        <Switch
          label="Device" options={[["desktop", "Desktop"], ["phone", "Phone"]]} chosen={device} choose={setDevice}
        />
        <Switch label="Theme" options={[["light", "Light"], ["dark", "Dark"]]} chosen={theme} choose={setTheme} />
      </div>
    </header>
  );
}

function ahead(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
