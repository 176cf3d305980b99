export const styles = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f3f4f6, #131519); --card: light-dark(#fff, #1b1e24); --sunk: light-dark(#f6f7f9, #15181d);
  --ink: light-dark(#1a1d21, #eef0f3); --muted: light-dark(#5a626e, #9ba4b1); --line: light-dark(#e0e3e8, #2d323b);
  --browser: light-dark(#0f7281, #5cc8d7); --host: light-dark(#5054bd, #a9acf5);
  --good: light-dark(#1a7347, #57cf95); --bad: light-dark(#b8293f, #f58690); --focus: light-dark(#2f6fde, #8ab4ff);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
  font: 14px / 1.45 system-ui, "Segoe UI", sans-serif;
}
:root[data-theme="default"], :root[data-theme="glass"] { color-scheme: light }
:root[data-theme="dark"], :root[data-theme="contrast"] { color-scheme: dark }
:root[data-theme="contrast"] {
  --page: #000; --card: #000; --sunk: #000; --ink: #fff; --muted: #fff; --line: #fff;
  --browser: #3ff23f; --host: #ffff01; --good: #3ff23f; --bad: #ffff01; --focus: #1aebff;
}
* { box-sizing: border-box; margin: 0 }
[hidden] { display: none !important }
body {
  display: grid; grid-template-rows: auto auto minmax(0, 1fr) 220px; gap: 12px;
  height: max(100dvh, 820px); max-width: 1800px; margin: 0 auto; padding: 12px 20px 16px;
  color: var(--ink); background: var(--page);
}
small { font-size: 12px; font-weight: 400; color: var(--muted) }
code, .wire, dl { font: 12px / 1.5 var(--mono); overflow-wrap: anywhere }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px }
button, select, .button {
  padding: 4px 8px; font: inherit; font-size: 13px; color: inherit;
  border: 1px solid var(--line); border-radius: 8px; background: var(--card);
}
button, .button { font-weight: 550; cursor: pointer; text-decoration: none }
button:hover, .button:hover { border-color: var(--muted); background: var(--sunk) }
button:disabled { cursor: default; opacity: .5 }
.primary { color: var(--card); background: var(--ink); border-color: var(--ink) }
.top { display: flex; align-items: baseline; gap: 14px }
.top h1 { font-size: 19px; letter-spacing: -.02em }
.top a { color: var(--muted) }
.identity {
  display: grid; grid-template-columns: 1fr auto 1fr; align-items: center; padding: 9px 16px;
  border: 1px solid var(--line); border-radius: 12px; background: var(--card);
}
.identity .host { text-align: right }
.identity b { margin-right: 6px; font-weight: 600 }
.browser b { color: var(--browser) } .host b { color: var(--host) }
.verdict { padding: 3px 14px; border: 1px solid var(--line); border-radius: 99px; color: var(--muted); font-weight: 600 }
[data-same="true"] .verdict { color: var(--good); border-color: currentColor }
[data-same="false"] .verdict { color: var(--bad); border-color: currentColor }
.doors { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; min-height: 0 }
.bottom { display: grid; grid-template-columns: 1fr 1.3fr 1.3fr; gap: 16px; min-height: 0 }
.card {
  display: flex; flex-direction: column; min-width: 0; min-height: 0; overflow: hidden;
  border: 1px solid var(--line); border-radius: 12px; background: var(--card);
}
.card.browser { border-top: 3px solid var(--browser) } .card.host { border-top: 3px solid var(--host) }
.card h2 {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 6px 12px; padding: 8px 14px;
  font-size: 13px; font-weight: 650; border-bottom: 1px solid var(--line);
}
.card h2 label { font-size: 12px; font-weight: 400; color: var(--muted) }
.card h2 select { max-width: 11em; padding: 2px 4px; font-size: 12px; color: var(--ink) }
.card h2 button { margin-left: auto; padding: 2px 10px; font-size: 12px }
.place { flex: 1; display: grid; align-content: center; justify-items: center; gap: 14px; padding: 20px; text-align: center }
.place p { max-width: 42ch }
.status { min-height: 1.5em; color: var(--muted); font: 12px / 1.5 var(--mono) }
.status[data-tone="bad"] { color: var(--bad) }
.screen { position: relative; flex: 1; display: grid; min-height: 0; background: var(--sunk) }
.screen iframe { width: 100%; height: 100%; border: 0 }
.screen[data-host="phone"] { place-items: center; padding: 12px; overflow: auto }
.screen[data-host="phone"] iframe {
  width: 390px; max-width: 100%; height: 100%; max-height: 844px; border: 8px solid var(--line); border-radius: 28px;
}
.loading {
  position: absolute; inset: auto 8px 8px auto; padding: 2px 10px; border: 1px solid var(--line); border-radius: 99px;
  font-size: 12px; color: var(--muted); background: var(--card);
}
.controls { display: flex; flex-wrap: wrap; align-content: start; gap: 6px; padding: 10px 12px; overflow-y: auto }
.controls button { padding: 3px 8px; font-size: 12px }
.wire { flex: 1; padding: 4px 12px 8px; overflow-y: auto; list-style: none; font-size: 11.5px }
.wire li { display: grid; grid-template-columns: auto 56px minmax(0, 1fr); gap: 10px }
.wire time { color: var(--muted) }
.wire .host b { color: var(--host) } .wire .entra b { color: var(--browser) }
.wire .result::before { content: "→ "; color: var(--muted) }
.wire .good .result { color: var(--good) } .wire .bad .result { color: var(--bad) }
.tokens { flex: 1; display: grid; grid-template-columns: 1fr 1fr; min-height: 0 }
.tokens > div { min-width: 0; padding: 6px 12px; overflow-y: auto }
.tokens > div + div { border-left: 1px solid var(--line) }
.tokens p { font-size: 12px; color: var(--muted) }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 10px; font-size: 11.5px }
dt { color: var(--muted) } dd { margin: 0 }
dialog { margin: auto; width: min(360px, 90vw); padding: 20px; color: inherit; border: 1px solid var(--line); border-radius: 12px; background: var(--card) }
dialog::backdrop { background: rgb(0 0 0 / .4) }
dialog form { display: grid; gap: 10px }
dialog h2 { font-size: 15px }
.buttons { display: flex; justify-content: end; gap: 8px }
@media (width < 1000px) {
  body { display: flex; flex-direction: column; height: auto; padding: 10px 12px 20px }
  .identity { grid-template-columns: 1fr; gap: 6px; justify-items: start }
  .identity .host { text-align: left }
  .doors, .bottom { grid-template-columns: minmax(0, 1fr) }
  .screen { flex: none; height: 760px }
  .wire { flex: none; height: 260px }
  .tokens { flex: none; height: 420px; grid-template: 1fr 1fr / minmax(0, 1fr) }
  .tokens > div + div { border: 0; border-top: 1px solid var(--line) }
}
`
