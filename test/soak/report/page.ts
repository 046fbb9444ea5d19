/** What a report looks like, in the light and in the dark, on a screen and on paper. */
export const STYLES = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #5d6b7c; --faint: #e3e7ec;
  --c1: #1f6feb; --c2: #d9660a; --c3: #9aa6b4; --good: #18794e; --bad: #c5303a; --band: rgba(217, 102, 10, .11); --fault: #e08a3c; --alarm: #d13a44; }
@media (prefers-color-scheme: dark) { :root { --page: #0f141b; --card: #171e28; --ink: #e6ebf2; --soft: #94a3b5; --faint: #2a3442;
  --c1: #6ea8ff; --c2: #ffa657; --c3: #64748b; --good: #4cc38a; --bad: #ff7b81; --band: rgba(255, 166, 87, .12); --fault: #d58b45; --alarm: #f0636b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 36px 24px 60px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 6px; }
h2 small { font-weight: 400; font-size: 15px; }
h2 { font-size: 19px; letter-spacing: -.01em; margin: 40px 0 12px; }
h3 { font-size: 14px; margin: 0; font-weight: 600; }
h3 small { font-weight: 400; color: var(--soft); margin-left: 4px; }
.lead { color: var(--soft); margin: 0; max-width: 78ch; }
.verdict { display: inline-block; margin: 0 0 14px; padding: 3px 12px; border-radius: 99px; font-weight: 600; font-size: 13px; color: #fff; background: var(--good); }
.verdict.bad { background: var(--bad); }
@media (prefers-color-scheme: dark) { .verdict { color: #0f141b; } }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 0; padding: 0; }
.tile { background: var(--card); border: 1px solid var(--faint); border-radius: 10px; padding: 12px 16px; }
.tile b { display: block; font-size: 23px; letter-spacing: -.02em; font-variant-numeric: tabular-nums; line-height: 1.25; }
.tile span { color: var(--soft); font-size: 13px; }
.checks { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--faint); border-radius: 10px; overflow: hidden; border-spacing: 0; }
.checks td { padding: 9px 14px; vertical-align: top; border-top: 1px solid var(--faint); font-size: 14px; }
.checks tr:first-child td { border-top: 0; }
.checks td:first-child { width: 34px; padding-right: 0; font-weight: 700; color: var(--good); }
.checks tr.bad td:first-child { color: var(--bad); }
.checks td:nth-child(2) { width: 40%; font-weight: 500; }
.checks td:nth-child(3) { color: var(--soft); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.timeline, .chart { background: var(--card); border: 1px solid var(--faint); border-radius: 10px; padding: 14px 16px 10px; margin: 0; break-inside: avoid; }
.grid-of-charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); gap: 14px; }
figcaption { display: flex; justify-content: space-between; gap: 12px; flex-wrap: wrap; margin-bottom: 6px; }
.legend { display: flex; gap: 14px; font-size: 12.5px; color: var(--soft); font-variant-numeric: tabular-nums; }
.key::before { content: ''; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: currentColor; }
.key b { color: var(--ink); font-weight: 600; }
.key.c1::before { background: var(--c1); } .key.c2::before { background: var(--c2); } .key.c3::before { background: var(--c3); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
.grid { stroke: var(--faint); stroke-width: 1; } .hour { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 2 4; }
.tick { fill: var(--soft); font-size: 10.5px; font-variant-numeric: tabular-nums; } .lane { fill: var(--ink); font-size: 12px; } .heading { fill: var(--soft); font-size: 12px; font-weight: 600; }
.line { fill: none; stroke-width: 1.5; stroke-linejoin: round; } .line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); } .line.c3 { stroke: var(--c3); }
.dot.c1 { fill: var(--c1); } .dot.c2 { fill: var(--c2); } .dot.c3 { fill: var(--c3); }
.band { fill: var(--band); } .bar.fault { fill: var(--fault); } .bar.alarm { fill: var(--alarm); } .bar.left { fill: var(--c1); }
.cursor { stroke: var(--soft); stroke-width: 1; visibility: hidden; }
.note { margin: 6px 0 0; color: var(--soft); font-size: 12.5px; }
footer { margin-top: 36px; color: var(--soft); font-size: 13px; }
@media print { main { padding: 0; } body { background: #fff; } }
`;

/** Shows, wherever the pointer is, that minute in all charts. */
export const SCRIPT = `
const minutes = Number(document.body.dataset.minutes);
const figures = [...document.querySelectorAll('figure')].map((figure) => ({
  figure, svg: figure.querySelector('svg'), cursor: figure.querySelector('.cursor'), values: [...figure.querySelectorAll('.key b')],
  series: JSON.parse(figure.dataset.series ?? '[]'), left: Number(figure.dataset.left ?? 46), right: Number(figure.dataset.right ?? 8), width: Number(figure.dataset.width ?? 560) }));
const readable = (value) => value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2 });
const nearest = (points, minute) => { let best = null; for (const point of points) if (point[1] !== null && Math.abs(point[0] - minute) <= 5 && (best === null || Math.abs(point[0] - minute) < Math.abs(best[0] - minute))) best = point; return best; };
const show = (minute) => { for (const { cursor, left, right, series, values, width } of figures) {
  const x = left + (minute / minutes) * (width - left - right);
  cursor.setAttribute('x1', x); cursor.setAttribute('x2', x); cursor.style.visibility = 'visible';
  values.forEach((value, i) => { const point = nearest(series[i] ?? [], minute); value.textContent = point === null ? '' : readable(point[1]); }); }
  const at = Math.round(minute); document.getElementById('moment').textContent = String(Math.floor(at / 60)).padStart(2, '0') + ':' + String(at % 60).padStart(2, '0'); };
const hide = () => { for (const { cursor, values } of figures) { cursor.style.visibility = 'hidden'; for (const value of values) value.textContent = ''; } document.getElementById('moment').textContent = '–'; };
for (const { figure, left, right, svg, width } of figures) {
  figure.addEventListener('pointermove', (event) => { const box = svg.getBoundingClientRect(); const x = ((event.clientX - box.left) / box.width) * width; const minute = ((x - left) / (width - left - right)) * minutes; if (minute >= 0 && minute <= minutes) show(minute); });
  figure.addEventListener('pointerleave', hide); }
`;
