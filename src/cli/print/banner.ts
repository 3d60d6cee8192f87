import type { Status } from '../../domain/views.ts';
import { SEVERITIES } from '../../domain/words.ts';
import type { Out } from '../deps.ts';
import { countsOf } from './quantity.ts';
import type { Paint } from './style.ts';
import { placing } from './placing.ts';
import { plain } from './table.ts';

/** Where a long-running command writes: lines that stay, and one line of progress that is overwritten. */
export interface Screen {
  line(text: string): void;
  progress(text: string): void;
  paint: Paint;
}

const QUIET_PROGRESS_MS = 2_000;

/** On a terminal progress overwrites itself; elsewhere it becomes a line at most every two seconds. */
export function createScreen(out: Out, paint: Paint, now: () => number): Screen {
  let open = false;
  let last = Number.NEGATIVE_INFINITY;
  const clear = (): string => (open ? '\r\u001b[2K' : '');
  return {
    paint,
    line(text) {
      out.write(`${clear()}${plain(text)}\n`);
      open = false;
    },
    progress(text) {
      if (out.isTerminal) {
        out.write(`${clear()}${plain(text).slice(0, Math.max(20, out.columns - 1))}`);
        open = true;
      } else if (now() - last >= QUIET_PROGRESS_MS) {
        last = now();
        out.write(`${plain(text)}\n`);
      }
    },
  };
}

export function printBanner(
  screen: Screen,
  page: { url: string; signInUrl: string; where: string; demo: boolean },
): void {
  screen.line('');
  screen.line(
    `Plimsoll listens on ${page.url}${page.demo ? ' (demo: nothing here is real data)' : ''}`,
  );
  screen.line(`  sign in once with ${page.signInUrl}`);
  screen.line(`  data: ${page.where}`);
  screen.line('  stop with Ctrl-C');
  screen.line('');
}

/** What was found, and the three worst risks. */
export function printFound(screen: Screen, status: Status): void {
  const { counts } = status;
  screen.line(`found ${counts.claims} claims, ${counts.policies} policies, ${counts.runs} runs`);
  screen.line(`open findings: ${countsOf(counts.findingsOpen, SEVERITIES) || 'none'}`);
  for (const cluster of status.clusters)
    for (const problem of cluster.problems)
      screen.line(`not read: ${problem.source}: ${problem.message} ${problem.nextStep}`);
  if (status.worst.length === 0) return screen.line('no claim could be judged yet');
  screen.line('the worst risks:');
  const placed = placing(status.worst);
  for (const risk of status.worst) {
    const worst = risk.worstSeverity === null ? '' : ` [${risk.worstSeverity}]`;
    screen.line(
      `  ${risk.score.toFixed(1).padStart(5)}  ${placed(risk, `${risk.namespace}/${risk.name}`)}${worst}: ${risk.terms[0]?.text ?? risk.readiness.text}`,
    );
  }
}
