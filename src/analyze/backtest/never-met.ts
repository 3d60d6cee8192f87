import type { FindingLine, RunLine } from '../../domain/run-line.ts';
import { ruleOf } from '../detectors/custom-rule.ts';
import type { CustomRule } from '../rules/custom-rules.ts';
import { whyNeverTrue } from '../rules/never-true.ts';
import type { RuleFieldName } from '../rules/rule-fields.ts';
import { nodesOf } from '../rules/rule-node.ts';

/** Where a run line says a field; other fields follow from what every line has. */
const SAID: Partial<Record<RuleFieldName, (run: RunLine) => unknown>> = {
  duration: (run) => run.endedAt,
  logicalBytes: (run) => run.logicalBytes,
  addedBytes: (run) => run.addedBytes,
  files: (run) => run.files,
  dedupRatio: (run) => run.dedupRatio,
  resource: (run) => run.resource,
  startDelaySeconds: (run) => run.schedule ?? run.intervalSeconds,
};

/** Why a rule raised nothing over a history; null: it did. */
export function neverMet(
  { name, rule }: CustomRule,
  jobs: readonly ReadonlyMap<string, RunLine>[],
  weighed: readonly { finding: FindingLine }[],
): string | null {
  const contradiction = whyNeverTrue(rule);
  if (contradiction !== null) return `no run can: ${contradiction}`;
  if (weighed.some(({ finding }) => ruleOf(finding) === name)) return null;
  const runs = jobs.flatMap((job) => [...job.values()]);
  if (runs.length === 0) return 'there is no run to try it on';
  const asked = nodesOf(rule).flatMap((node) =>
    node.kind === 'field' ? [node.name] : node.kind === 'summary' ? [node.of] : [],
  );
  const silent = asked.find((field) => {
    const said = SAID[field];
    return said !== undefined && runs.every((run) => said(run) === null);
  });
  if (silent !== undefined) return `none of the ${runs.length} runs says ${silent}`;
  return `none of the ${runs.length} runs meets it`;
}
