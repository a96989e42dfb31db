/** The style sheet of the page, for light and dark. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --text: #1b1f24; --soft: #f3f4f6; --line: #8a929c; --link: #0550ae; --bad: #a40e26; --good: #116329; --wait: #6639ba; }
@media (prefers-color-scheme: dark) { :root { --back: #12161b; --text: #e6e9ed; --soft: #1e242b; --line: #77808b; --link: #8ec2ff; --bad: #ff9b93; --good: #7ee2a0; --wait: #d2b3ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 0 1rem; background: var(--back); color: var(--text); font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
h1 { font-size: 1.3rem; margin: .6rem 0 0; } h2 { font-size: 1.15rem; } h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--back); padding: .5rem; }
.place { margin: 0; } .tabs { display: flex; flex-wrap: wrap; gap: .25rem; list-style: none; padding: 0; margin: .6rem 0; }
.tabs a { display: block; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: .3rem; text-decoration: none; }
.tabs a[aria-current] { background: var(--text); color: var(--back); font-weight: 600; }
.search, .templates { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input, textarea, button, select { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: .3rem; padding: .3rem .5rem; max-width: 100%; }
button { cursor: pointer; background: var(--soft); } button.main { font-weight: 600; border-width: 2px; display: block; margin-top: .8rem; }
.templates button { font-size: .85rem; } textarea { width: 100%; display: block; }
.notice { border: 1px solid var(--line); border-left: .4rem solid var(--good); padding: .5rem .8rem; margin: .5rem 0; } .notice.error { border-left-color: var(--bad); } .notice p { margin: .2rem 0; }
.layout { display: block; } .queue ul { list-style: none; padding: 0; margin: 0; }
.entry { display: flex; gap: .5rem; align-items: flex-start; border-bottom: 1px solid var(--line); padding: .4rem .3rem; }
.entry input { margin-top: .35rem; min-width: 1.1rem; } .entry a { flex: 1; min-width: 0; text-decoration: none; }
.entry.selected { background: var(--soft); border-left: .4rem solid var(--link); }
.subject { display: block; font-weight: 600; } .state { font-size: .9rem; color: var(--text); }
.card { border: 1px solid var(--line); border-radius: .3rem; padding: 0 1rem 1rem; margin: 1rem 0; min-width: 0; }
.decide { background: var(--soft); border: 1px solid var(--line); border-radius: .3rem; padding: .2rem .8rem .8rem; margin: 1rem 0; } .decide label { display: block; margin-top: .5rem; } .decide fieldset label { display: inline-block; margin-right: 1rem; }
fieldset { border: 1px solid var(--line); border-radius: .3rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { text-align: left; vertical-align: top; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--line); } .scroll th, .scroll td { min-width: 5.5rem; } tbody th { font-weight: 500; }
tr.unknown th, tr.fired th { font-weight: 700; } td.weight { white-space: nowrap; }
pre { background: var(--soft); padding: .4rem; margin: .2rem 0; white-space: pre-wrap; } kbd { border: 1px solid var(--line); border-radius: .2rem; padding: 0 .3rem; }
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); } figure { margin: 0; border: 1px solid var(--line); border-radius: .3rem; padding: .5rem 1rem; min-width: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; } svg text { fill: var(--text); font-size: 12px; }
.stroke { stroke: var(--back); stroke-width: 1.5; fill: none; }
.bar { fill: var(--link); } .SECURE { fill: var(--good); } .HELD { fill: var(--wait); } .BLOCKED { fill: var(--bad); } .ERROR { fill: var(--line); }
@media (min-width: 60rem) { .layout { display: grid; grid-template-columns: 21rem 1fr; gap: 1.5rem; align-items: start; } .queue { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; } }
@media (max-width: 40rem) { .facts thead { position: absolute; left: -100rem; } .facts tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; } .facts th, .facts td { display: block; border: 0; padding: 0; } }
`;
