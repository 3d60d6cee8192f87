import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import { incidentMembers } from '../../domain/incident-words.ts';
import type { Finding, Resource, ResourceWhole, Run } from '../../domain/views.ts';
import type { DeliveryReason } from '../../domain/words.ts';
import type { CliDeps } from '../deps.ts';
import { ago, bytes, duration, instant } from '../print/quantity.ts';
import { severity } from '../print/style.ts';
import { plain, table } from '../print/table.ts';
import { type Output, printJson, withConnection } from './context.ts';
import { forecastWords } from './forecast.ts';
import { printRecommendation } from './recommendations.ts';

export function addShowCommand(program: Command, deps: CliDeps): void {
  program
    .command('show')
    .description('one claim whole: policies, runs, restore points, findings, risk')
    .argument('<namespace/name>', 'the claim')
    .option('--cluster <name>', 'the cluster, when several have this claim')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll show media/photos\n  plimsoll show media/photos --json',
    )
    .action((claim: string, options: { cluster?: string; json?: boolean }) =>
      withConnection(deps, options, async (workspace, output) => {
        const { namespace, name } = parseClaim(claim);
        const whole = await workspace.showResource(namespace, name, options.cluster ?? null);
        if (whole === null)
          throw new AppError('not-found', `no claim ${claim} has been read`, {
            nextStep: 'List what is known with `plimsoll coverage`.',
          });
        if (output.json) return printJson(output, whole);
        printWhole(output, whole);
      }),
    );
}

export function parseClaim(text: string): { namespace: string; name: string } {
  const [namespace, name, ...rest] = text.split('/');
  if (namespace && name && rest.length === 0) return { namespace, name };
  throw new AppError('invalid-input', `${text} is not NAMESPACE/NAME`, {
    nextStep: 'Write it as media/photos.',
  });
}

function printWhole(output: Output, whole: ResourceWhole): void {
  const { resource, coverage, risk } = whole;
  const line = (label: string, text: string): void =>
    output.write(`${label.padEnd(14)}${plain(text)}\n`);
  output.write(`${output.paint('bold', plain(`${resource.namespace}/${resource.name}`))}\n`);
  line('cluster', resource.cluster);
  line('app', resource.app ?? 'unknown');
  line(
    'size',
    `${bytes(resource.capacityBytes)} on ${resource.storageClass ?? 'an unknown storage class'}`,
  );
  line('used', usageText(resource.usage, output.now));
  if (coverage !== null) line('coverage', `${coverage.state}: ${coverage.reason}`);
  if (risk !== null) {
    line('readiness', `${risk.readiness.level}: ${risk.readiness.text}`);
    const target =
      risk.rpoTargetSeconds === null
        ? 'no target'
        : `target ${duration(risk.rpoTargetSeconds)} (${risk.rpoWhy})`;
    line('RPO', `${duration(risk.rpoAchievedSeconds)} achieved, ${target}`);
    line(
      'risk',
      `${risk.score.toFixed(1)} = ${(risk.probability * 100).toFixed(1)} % × impact ${risk.impact.toFixed(2)} × 100`,
    );
    for (const term of risk.terms)
      line('', `${term.contribution.toFixed(1).padStart(5)}  ${term.text}`);
  }
  for (const forecast of whole.forecasts) line('forecast', forecastWords(forecast, output.now));
  printFindingsOf(output, whole);
  printPolicies(output, whole);
  printRuns(output, whole.runs);
  printPoints(output, whole);
  if (whole.recommendations.length > 0)
    output.write(`\n${output.paint('bold', 'recommendations')}\n`);
  for (const item of whole.recommendations) printRecommendation(output, item);
}

function usageText(usage: Resource['usage'], now: Date): string {
  if (usage === null) return 'unknown: no metric tells it';
  const { usedBytes, capacityBytes, fill, growthBytesPerDay: growth } = usage;
  const part = fill === null ? '' : ` of ${bytes(capacityBytes)}, ${(fill * 100).toFixed(0)} %`;
  const trend =
    growth === null
      ? ''
      : `; ${growth < 0 ? 'shrinks' : 'grows'} ${bytes(Math.round(Math.abs(growth)))} a day`;
  return `${bytes(usedBytes)}${part}${trend}; measured ${ago(usage.at, now)}`;
}

function printFindingsOf(output: Output, whole: ResourceWhole): void {
  output.write(`\n${output.paint('bold', 'findings')}\n`);
  if (whole.findings.length === 0) output.write('  none\n');
  for (const finding of whole.findings) {
    output.write(
      `  ${severity(output.paint, finding.severity)} ${finding.kind} (${finding.state}, ${instant(finding.raisedAt, output.now)}${toldWords(finding)})  ${output.paint('dim', finding.findingId)}\n`,
    );
    output.write(
      `    ${plain(finding.sentence)}\n    observed ${plain(finding.observed.text)}; expected ${plain(finding.expected.text)}\n`,
    );
    if (finding.cause !== null)
      output.write(
        `    cause ${finding.cause.code} ${plain(finding.cause.title)}: ${plain(finding.cause.shownBy)}\n`,
      );
    if (finding.incident !== null)
      output.write(
        `    with others: ${plain(incidentMembers(finding.incident))} (incident ${finding.incident.id})\n`,
      );
    output.write(`    next: ${plain(finding.nextStep)}\n`);
    for (const event of finding.events)
      if (event.actor !== 'plimsoll')
        output.write(
          `    ${event.change} by ${plain(event.actor)}, ${instant(event.at, output.now)}${event.note === null ? '' : `: ${plain(event.note)}`}\n`,
        );
  }
}

const REASONS: Record<DeliveryReason, string> = {
  told: 'told at once',
  member: 'told with its incident',
  low: 'in the digest: low',
  chance: 'in the digest: may be chance',
  again: 'in the digest: told before',
  budget: 'in the digest: enough for one day',
  'first-contact': 'in the digest: was there when reading began',
};

function toldWords({ deliveryReason }: Finding): string {
  return deliveryReason === null ? '' : `, ${REASONS[deliveryReason]}`;
}

function printPolicies(output: Output, whole: ResourceWhole): void {
  output.write(`\n${output.paint('bold', 'policies')}\n`);
  if (whole.policies.length === 0) return output.write('  none\n');
  const rows = whole.policies.map((policy) => [
    policy.engine,
    plain(`${policy.kind} ${policy.namespace}/${policy.name}`),
    plain(policy.schedule ?? 'not scheduled'),
    policy.paused ? 'paused' : '',
    plain(policy.problem ?? ''),
  ]);
  output.write(
    table(['  ENGINE', 'POLICY', 'SCHEDULE', '', 'PROBLEM'], rows.map(indent), output.columns),
  );
}

function printRuns(output: Output, runs: Run[]): void {
  output.write(`\n${output.paint('bold', 'newest runs')}\n`);
  if (runs.length === 0) return output.write('  none seen\n');
  const rows = runs
    .slice(0, 15)
    .map((run) => [
      instant(run.startedAt, output.now),
      run.outcome,
      duration(run.durationSeconds),
      bytes(run.logicalBytes),
      bytes(run.addedBytes),
      plain(run.errorText ?? (run.source === 'metric' ? 'only metrics show it' : '')),
    ]);
  output.write(
    table(
      ['  STARTED', 'OUTCOME', 'TOOK', 'SIZE', 'ADDED', 'ERROR'],
      rows.map(indent),
      output.columns,
    ),
  );
}

function printPoints(output: Output, whole: ResourceWhole): void {
  output.write(`\n${output.paint('bold', 'restore points the engine reports')}\n`);
  if (whole.restorePoints.length === 0) return output.write('  none\n');
  const rows = whole.restorePoints
    .slice(0, 10)
    .map((point) => [
      instant(point.takenAt, output.now),
      point.engine,
      plain(point.handle),
      bytes(point.logicalBytes),
    ]);
  output.write(table(['  TAKEN', 'ENGINE', 'HANDLE', 'SIZE'], rows.map(indent), output.columns));
}

function indent(row: string[]): string[] {
  return [`  ${row[0] ?? ''}`, ...row.slice(1)];
}
