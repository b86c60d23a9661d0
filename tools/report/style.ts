/** The report's one style sheet: a serif for sentences, a sans for figures, and colours that hold in light and dark. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2330; --muted: #667085; --rule: #e4e1d9;
  --good: #18794e; --bad: #c4320a; --warn: #946300;
  --good-soft: #e3f3ea; --bad-soft: #fdeae3; --warn-soft: #fbf0d2; --open-soft: #ecebe7;
  --series-1: #3a6ea5; --series-2: #e2893b; --series-3: #4f9d69; --series-4: #9a6fb0;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171d; --card: #1b1f27; --ink: #e8e6e1; --muted: #98a1b0; --rule: #2d333e;
    --good: #6fcf97; --bad: #ff9a76; --warn: #e5b95c;
    --good-soft: #173226; --bad-soft: #3d2119; --warn-soft: #352a12; --open-soft: #262b34;
    --series-1: #6ea8dc; --series-2: #f0a35e; --series-3: #7cc796; --series-4: #c09ad6;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 17px/1.6 var(--serif); }
main { max-width: 960px; margin: 0 auto; padding: 72px 32px 96px; }
header .kicker { font: 600 13px/1 var(--sans); letter-spacing: .08em; text-transform: uppercase; color: var(--series-1); }
h1 { font-size: 44px; line-height: 1.12; letter-spacing: -.015em; font-weight: 600; margin: 18px 0 20px; text-wrap: balance; }
h2 { font-size: 28px; line-height: 1.2; letter-spacing: -.01em; font-weight: 600; margin: 0 0 12px; }
h3 { font-size: 19px; line-height: 1.3; font-weight: 600; margin: 0 0 8px; }
p { margin: 0 0 10px; max-width: 68ch; text-wrap: pretty; }
.lead { color: var(--muted); margin-bottom: 24px; }
header .lead { font-size: 20px; line-height: 1.5; color: var(--ink); }
section { margin-top: 72px; }
.quiet { color: var(--muted); font-weight: 400; }
code { font: .82em var(--mono); color: var(--muted); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 1px; margin-top: 44px;
  background: var(--card); border: 1px solid var(--rule); border-radius: 14px; overflow: hidden; }
.figure { outline: 1px solid var(--rule); padding: 22px 20px 18px; display: flex; flex-direction: column; font-family: var(--sans); }
.figure strong { font-size: 30px; line-height: 1.1; font-weight: 600; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.figure span { font-size: 14px; margin-top: 6px; }
.figure small { font-size: 12.5px; line-height: 1.4; color: var(--muted); margin-top: 2px; }
.acts { list-style: none; margin: 0; padding: 0; counter-reset: act; }
.acts li { counter-increment: act; position: relative; padding: 0 0 24px 56px; border-left: 2px solid var(--rule); margin-left: 17px; }
.acts li:last-child { border-left-color: transparent; padding-bottom: 0; }
.acts li::before { content: counter(act); position: absolute; left: -18px; top: -5px; width: 34px; height: 34px; border-radius: 50%;
  display: grid; place-items: center; background: var(--card); border: 2px solid var(--series-1); color: var(--series-1); font: 600 15px var(--sans); }
figure { margin: 0; }
figure.wide { margin: 0 0 28px; }
figure svg { width: 100%; height: auto; display: block; overflow: visible; }
figcaption { font: 13px/1.45 var(--sans); color: var(--muted); margin-top: 8px; max-width: 44ch; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 36px 48px; margin-bottom: 36px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font: 14px/1.5 var(--sans); font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--muted); font-size: 13px; border-bottom: 1px solid var(--ink); padding: 6px 18px 6px 0; white-space: nowrap; }
td { border-bottom: 1px solid var(--rule); padding: 9px 18px 9px 0; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
th.number, td.number { text-align: right; }
.nowrap { white-space: nowrap; }
td small { font-size: 12px; }
.tag { font: 500 12px/1 var(--sans); display: inline-block; padding: 4px 9px; border-radius: 99px; border: 1px solid var(--rule); color: var(--muted); vertical-align: 2px; white-space: nowrap; }
td .tag { vertical-align: baseline; }
.split { display: inline-block; width: 72px; height: 9px; border-radius: 99px; margin-right: 8px;
  background: linear-gradient(90deg, var(--candidate) var(--share), var(--champion) var(--share)); }
.version + .version { margin-top: 32px; }
.verdicts { list-style: none; margin: 0; padding: 0; font: 15px/1.5 var(--sans); }
.verdicts > li { display: grid; grid-template-columns: 100px minmax(130px, 200px) 1fr; gap: 14px; align-items: baseline; padding: 8px 0; border-bottom: 1px solid var(--rule); }
.verdict { font: 600 12px/1 var(--sans); padding: 5px 9px; border-radius: 99px; text-align: center; }
.verdict.good { color: var(--good); background: var(--good-soft); }
.verdict.bad { color: var(--bad); background: var(--bad-soft); }
.verdict.warn { color: var(--warn); background: var(--warn-soft); }
.verdict.open { color: var(--muted); background: var(--open-soft); }
.verdicts.notes > li { grid-template-columns: 100px 1fr; gap: 0 14px; border-bottom: 0; padding: 5px 0; }
.verdicts > li > code { overflow-wrap: anywhere; }
.numbers { display: block; color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
details { margin-top: 6px; }
summary { cursor: pointer; color: var(--muted); font: 13px/1.5 var(--sans); }
.others { margin-top: 18px; }
.examples { margin: 6px 0 4px; padding-left: 18px; font: 12.5px/1.6 var(--mono); color: var(--muted); overflow-wrap: anywhere; }
.change { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 12px 16px; margin: 0 0 16px; overflow-x: auto; font: 13px/1.6 var(--mono); }
.change span { display: block; }
.change .added { color: var(--good); } .change .removed { color: var(--bad); } .change .kept { color: var(--muted); }
.timeline { list-style: none; margin: 0; padding: 0; }
.timeline > li { display: grid; grid-template-columns: 148px 1fr; gap: 0 34px; position: relative; padding-bottom: 26px; }
.timeline > li::before { content: ''; position: absolute; left: 164px; top: 16px; bottom: -8px; width: 2px; background: var(--rule); }
.timeline > li:last-child::before { display: none; }
.timeline > li::after { content: ''; position: absolute; left: 159px; top: 6px; width: 12px; height: 12px; border-radius: 50%; background: var(--paper); border: 2px solid var(--good); }
.timeline > li.bad::after { border-color: var(--bad); background: var(--bad); }
.timeline .when { font: 13px/1.6 var(--sans); font-variant-numeric: tabular-nums; text-align: right; }
.timeline .when small { display: block; font-size: 12px; }
.timeline .what h3 { font-size: 17px; display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; }
.timeline .what h3 small { font: 13px var(--sans); color: var(--muted); }
.timeline .verdicts { font-size: 14px; }
.signal { margin-bottom: 44px; } .signal .charts { margin-top: 18px; }
svg.lineage { font-family: var(--sans); margin: 12px auto 0; }
svg.lineage .line { fill: none; stroke: var(--muted); stroke-width: 1.3; opacity: .55; }
svg.lineage .frame { fill: var(--card); stroke: var(--rule); }
svg.lineage .open .frame { stroke: var(--warn); stroke-dasharray: 4 3; }
svg.lineage .mark { fill: var(--kind); }
svg.lineage .kind { font-size: 10.5px; fill: var(--kind); font-weight: 600; letter-spacing: .04em; text-transform: uppercase; }
svg.lineage .title { font-size: 12.5px; fill: var(--ink); font-weight: 500; }
svg.lineage .said { font-size: 11.5px; fill: var(--muted); }
.allowance { position: relative; height: 44px; border-radius: 10px; background: var(--card); border: 1px solid var(--rule); margin-bottom: 28px; font-family: var(--sans); overflow: hidden; }
.allowance span { position: absolute; inset: 0 auto 0 0; background: var(--good-soft); border-right: 3px solid var(--good); color: var(--good); display: flex; align-items: center; justify-content: flex-end; padding-right: 12px; min-width: 88px; }
.allowance em { position: absolute; right: 14px; top: 0; line-height: 42px; font-style: normal; font-size: 14px; color: var(--muted); }
footer { margin-top: 88px; padding-top: 20px; border-top: 1px solid var(--rule); font: 13px/1.6 var(--sans); color: var(--muted); }
@media (max-width: 640px) {
  main { padding: 40px 20px 64px; } h1 { font-size: 32px; } .charts { grid-template-columns: 1fr; }
  .timeline > li { grid-template-columns: 1fr; padding-left: 26px; }
  .timeline > li::before { left: 5px; } .timeline > li::after { left: 0; } .timeline .when { text-align: left; }
  .verdicts li, .verdicts.notes > li { grid-template-columns: 1fr; gap: 4px; } .verdict { justify-self: start; }
}
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;
