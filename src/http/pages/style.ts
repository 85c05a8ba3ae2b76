/** The stylesheet of the pages: one column of cards and tables, light or dark as the reader's system is. */

export const STYLE = `:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2330; --muted: #566073; --line: #d9dee7; --link: #0b56ad;
  --good: #14632f; --good-soft: #e2f3e7; --good-fill: #3f9d62;
  --bad: #a11520; --bad-soft: #fde7e7; --bad-fill: #cf4a53;
  --warning: #734600; --warning-soft: #fcefd2; --warning-fill: #d99a2b;
  --calm: #414d66; --calm-soft: #e8ecf2; --calm-fill: #8c98ad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11151b; --card: #1a2028; --ink: #e7ebf1; --muted: #a4aebe; --line: #323b49; --link: #8fbcff;
    --good: #84dba3; --good-soft: #163322; --good-fill: #3f9d62;
    --bad: #ffa9a9; --bad-soft: #431c20; --bad-fill: #d3545d;
    --warning: #f4c775; --warning-soft: #3b2d11; --warning-fill: #c98c22;
    --calm: #bdc8da; --calm-soft: #2a3340; --calm-fill: #717e95;
  }
}
* { box-sizing: border-box; }
html { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
body { margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: 2px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, pre, .mono { font: 0.92em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
h1 { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2em 0.6em; margin: 0.3rem 0 1rem; font-size: 1.65rem; line-height: 1.25; }
h2 { margin: 2.2rem 0 0.6rem; font-size: 1.2rem; }
h3 { margin: 1.4rem 0 0.4rem; font-size: 1rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 0.5rem; top: 0.5rem; padding: 0.4rem 0.8rem; background: var(--card); z-index: 1; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 0 2rem; padding: 0 max(1.25rem, calc((100vw - 82rem) / 2)); background: var(--card); border-bottom: 1px solid var(--line); }
.brand { display: flex; align-items: center; gap: 0.55rem; padding: 0.7rem 0; color: var(--ink); font-weight: 650; text-decoration: none; }
.top ul { display: flex; flex-wrap: wrap; gap: 0 0.3rem; margin: 0; padding: 0; list-style: none; }
.top li a { display: block; padding: 0.75rem 0.7rem; color: var(--muted); text-decoration: none; border-bottom: 3px solid transparent; }
.top li a:hover { color: var(--ink); border-color: var(--line); }
.top li a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--link); }
main, footer { max-width: 84.5rem; margin: 0 auto; padding: 0.8rem 1.25rem; }
footer { margin-top: 2rem; color: var(--muted); font-size: 0.88rem; border-top: 1px solid var(--line); }
footer p { margin: 0.3rem 0; }
.trail { margin: 0.3rem 0 0; color: var(--muted); font-size: 0.92rem; }
.age, .muted { color: var(--muted); }
.age { white-space: nowrap; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }

.badge { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 1rem; font-size: 0.82rem; font-weight: 650; letter-spacing: 0.01em; white-space: nowrap; vertical-align: baseline; }
h1 .badge { font-size: 0.95rem; padding: 0.15rem 0.75rem; }
.good { color: var(--good); background: var(--good-soft); }
.bad { color: var(--bad); background: var(--bad-soft); }
.warning { color: var(--warning); background: var(--warning-soft); }
.calm { color: var(--calm); background: var(--calm-soft); }
.badge::before { content: "\\25CB\\2002" / ""; }
.badge.good::before { content: "\\25CF\\2002" / ""; }
.badge.bad::before { content: "\\2716\\2002" / ""; }
.badge.warning::before { content: "\\25B2\\2002" / ""; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr)); gap: 0.9rem; }
.card { padding: 0.8rem 1rem 0.9rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card h2 { margin: 0 0 0.35rem; color: var(--muted); font-size: 0.85rem; font-weight: 600; }
.card p { margin: 0.35rem 0 0; }
.card .lead { font-size: 1.02rem; font-weight: 600; }

.notices { margin: 0 0 1rem; padding: 0; list-style: none; display: grid; gap: 0.5rem; }
.notices li { padding: 0.55rem 0.9rem; border-radius: 8px; border-left: 4px solid currentColor; }
.fine { padding: 0.8rem 1rem; border-radius: 8px; }

.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 0.5rem 0.8rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); min-width: 5.5rem; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--muted); font-size: 0.85rem; font-weight: 600; white-space: nowrap; }
thead th a { color: inherit; }
tbody th, .name { min-width: 10rem; max-width: 20rem; }
tbody th { font-weight: 600; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td .age { display: block; font-size: 0.88rem; }
.text { min-width: 16rem; max-width: 34rem; }
.text p { margin: 0; }
.clamp { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }

.facts { display: grid; margin: 0; }
.facts div { display: grid; grid-template-columns: minmax(8rem, 12rem) 1fr; gap: 0 1rem; padding: 0.28rem 0; border-bottom: 1px solid var(--line); }
.facts div:last-child { border-bottom: 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; min-width: 0; }

.states { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0; padding: 0; list-style: none; }
.states a { display: block; padding: 0.45rem 0.9rem; color: var(--ink); text-decoration: none; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.states a:hover { border-color: var(--link); }
.states b { margin-right: 0.4rem; font-size: 1.15rem; font-variant-numeric: tabular-nums; }

form.filter { display: flex; flex-wrap: wrap; align-items: end; gap: 0.6rem 0.9rem; margin: 0 0 1rem; }
form.filter label { display: grid; gap: 0.15rem; color: var(--muted); font-size: 0.88rem; }
input, select, button { min-height: 2.3rem; padding: 0.3rem 0.6rem; font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--muted); border-radius: 6px; max-width: 100%; }
button { padding: 0.3rem 1.1rem; font-weight: 600; color: var(--card); background: var(--link); border-color: var(--link); cursor: pointer; }
.turn { display: flex; gap: 1.2rem; margin: 0.9rem 0; }

details { margin: 0.6rem 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
summary { padding: 0.6rem 1rem; cursor: pointer; }
details > div { padding: 0 1rem 0.9rem; }
.box { padding: 0.6rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
pre { margin: 0; padding: 0.9rem 1.1rem; white-space: pre-wrap; }
.runbook { max-width: 60rem; }
.runbook :is(pre, .scroll) { margin: 0.7rem 0 1.1rem; }
.runbook pre { white-space: pre; }
.runbook tbody th { font-weight: inherit; overflow-wrap: break-word; }
.runbook li { margin: 0.35rem 0; }
.story { margin: 0; padding: 0; list-style: none; }
.story li { display: grid; grid-template-columns: minmax(11rem, 17rem) minmax(7rem, 9rem) 1fr; gap: 0.1rem 1rem; padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
.story li:last-child { border-bottom: 0; }
.story .age { margin-left: 0.6rem; font-size: 0.88rem; }

.timeline { min-width: 46rem; padding: 0.8rem 1rem; display: block; width: 100%; height: auto; }
.timeline text { fill: var(--ink); font-size: 12px; }
.timeline .axis { fill: var(--muted); font-size: 11px; }
.timeline .line { stroke: var(--line); }
.timeline .goodbar { fill: var(--good-fill); }
.timeline .badbar { fill: var(--bad-fill); }
.timeline .warningbar { fill: var(--warning-fill); }
.timeline .calmbar { fill: var(--calm-fill); }
.timeline .stroke { stroke: var(--card); stroke-width: 2; }
.timeline .dot { fill: var(--card); }
.timeline .mark { fill: var(--ink); stroke: var(--card); }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; margin: 0.5rem 0 0; padding: 0; list-style: none; color: var(--muted); font-size: 0.88rem; }
.legend svg { width: 26px; height: 12px; min-width: 0; padding: 0; display: inline-block; vertical-align: -1px; margin-right: 0.4rem; }

@media (max-width: 44rem) {
  html { font-size: 14px; }
  .wide, .stacks thead { display: none; }
  .stacks tr, .stacks th, .stacks td { display: block; border: 0; max-width: none; }
  .stacks th, .stacks td { padding: 0.2rem 0.8rem; }
  .stacks .wide, .stacks td:empty { display: none; }
  .stacks tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .stacks tr:last-child { border-bottom: 0; }
  .stacks td .age { display: inline; }
  .facts div, .story li { grid-template-columns: 1fr; }
  main, footer { padding-left: 0.8rem; padding-right: 0.8rem; }
}
@media print {
  .top nav, .skip, form.filter, .turn { display: none; }
}
`;
