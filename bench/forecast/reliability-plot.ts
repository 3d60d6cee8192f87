import type { ReliabilityBin } from '../../src/statistics/probability-scores.ts';

const SIDE = 420;
const EDGE = 52;
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** A reliability plot as SVG: what was stated against how often it came true; the diagonal is a kept word. */
export function reliabilityPlot(
  own: readonly ReliabilityBin[],
  peer: readonly ReliabilityBin[],
): string {
  const ticks = TICKS.map(
    (t) =>
      `<path class="grid" d="M${x(t)} ${y(0)}V${y(1)}M${x(0)} ${y(t)}H${x(1)}"/>` +
      `<text x="${x(t)}" y="${y(0) + 18}" text-anchor="middle">${t}</text>` +
      `<text x="${x(0) - 8}" y="${y(t) + 4}" text-anchor="end">${t}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}" width="${SIDE}" height="${SIDE}" role="img" aria-label="Reliability of the forecasts">`,
    '<style>text{font:12px system-ui,sans-serif;fill:#333}.grid{stroke:#ddd;fill:none}.fair{stroke:#999;stroke-dasharray:4 4}.own{stroke:#0b6e99;fill:#0b6e99}.peer{stroke:#c2571a;fill:#c2571a}polyline{fill:none!important;stroke-width:1.5}</style>',
    `<rect width="${SIDE}" height="${SIDE}" fill="#fff"/>`,
    ...ticks,
    `<path class="fair" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>`,
    line(peer, 'peer'),
    line(own, 'own'),
    `<text x="${x(0.5)}" y="${SIDE - 8}" text-anchor="middle">stated probability</text>`,
    `<text x="14" y="${y(0.5)}" text-anchor="middle" transform="rotate(-90 14 ${y(0.5)})">share that failed or was missed</text>`,
    `<circle class="own" cx="${x(0.06)}" cy="${y(0.95)}" r="4"/><text x="${x(0.09)}" y="${y(0.94)}">plimsoll</text>`,
    `<circle class="peer" cx="${x(0.06)}" cy="${y(0.89)}" r="4"/><text x="${x(0.09)}" y="${y(0.88)}">decayed beta-binomial</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function line(bins: readonly ReliabilityBin[], name: string): string {
  const points = bins.map(({ stated, observed }) => [x(stated), y(observed)] as const);
  const dots = points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3"/>`).join('');
  return `<g class="${name}"><polyline points="${points.map((p) => p.join(',')).join(' ')}"/>${dots}</g>`;
}

function x(share: number): number {
  return Math.round((EDGE + share * (SIDE - EDGE - 16)) * 10) / 10;
}

function y(share: number): number {
  return Math.round((SIDE - EDGE - share * (SIDE - EDGE - 16)) * 10) / 10;
}
