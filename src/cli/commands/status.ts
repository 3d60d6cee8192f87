import type { Command } from 'commander';
import type { MetricsSource, Status } from '../../domain/views.ts';
import { COVERAGE_STATES, SEVERITIES } from '../../domain/words.ts';
import type { CliDeps } from '../deps.ts';
import { ago, countsOf } from '../print/quantity.ts';
import { plain } from '../print/table.ts';
import { type Output, printJson, withConnection } from './context.ts';
import { printRisk } from './risk.ts';

export function addStatusCommand(program: Command, deps: CliDeps): void {
  program
    .command('status')
    .description('what is read, what was found, and the three worst risks')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  plimsoll status\n  plimsoll status --json | jq .counts')
    .action((options: { json?: boolean }) =>
      withConnection(deps, options, async (workspace, output, connection) => {
        const status = await workspace.readStatus();
        if (output.json) return printJson(output, status);
        output.write(`reading from ${connection.via}\n\n`);
        printStatus(output, status);
      }),
    );
}

export function printStatus(output: Output, status: Status): void {
  if (status.clusters.length === 0)
    output.write(
      'No cluster has been read yet. Start `plimsoll serve`, or read once with `plimsoll collect --once`.\n',
    );
  for (const cluster of status.clusters) {
    output.write(
      `${output.paint('bold', plain(cluster.name))}${cluster.demo ? ' (demo)' : ''}  ${plain(cluster.server)}\n`,
    );
    output.write(
      `  engines ${cluster.engines.join(', ') || 'none found'}; read ${ago(cluster.observedAt, output.now)}, judged ${ago(cluster.judgedAt, output.now)}\n`,
    );
    if (cluster.metrics !== null) output.write(`  ${metricsText(cluster.metrics, output.now)}\n`);
    for (const problem of cluster.problems)
      output.write(
        `  ${output.paint('yellow', 'not read')} ${plain(problem.source)}: ${plain(problem.message)}\n    ${plain(problem.nextStep)}\n`,
      );
  }
  const { counts } = status;
  output.write(
    `\n${counts.claims} claims: ${countsOf(counts.coverage, COVERAGE_STATES) || 'none judged'}\n`,
  );
  output.write(
    `${counts.policies} policies, ${counts.runs} runs, ${counts.restorePoints} restore points\n`,
  );
  output.write(
    `open findings: ${countsOf(counts.findingsOpen, SEVERITIES) || 'none'}; recommendations: ${counts.recommendations}\n`,
  );
  if (status.worst.length > 0) {
    output.write('\nthe worst risks\n');
    printRisk(output, status.worst, false);
  }
}

const METRICS_WORDS: Record<MetricsSource['state'], string> = {
  answers: 'answers',
  partial: 'answers in part',
  unreachable: 'cannot be reached',
  refused: 'refuses us',
  invalid: 'gives no usable answers',
};

function metricsText({ url, state, observedAt, historyFrom }: MetricsSource, now: Date): string {
  const history = historyFrom === null ? '' : `, history since ${historyFrom.slice(0, 10)}`;
  return `metrics ${plain(url)} ${METRICS_WORDS[state]}; read ${ago(observedAt, now)}${history}`;
}
