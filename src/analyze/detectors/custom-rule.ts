import { z } from 'zod';
import type { Quantity } from '../../domain/judgement.ts';
import type { FindingLine } from '../../domain/run-line.ts';
import type { RecentRun } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { sayBytes, sayDuration, sayInstant } from '../job/phrases.ts';
import { MOST_RULES } from '../../domain/rule.ts';
import { CustomRule } from '../rules/custom-rules.ts';
import { evaluate } from '../rules/evaluate-rule.ts';
import type { JudgedRun } from '../rules/evaluate-rule.ts';
import type { RuleValue } from '../rules/rule-fields.ts';
import { nodesOf } from '../rules/rule-node.ts';
import type { RuleNode } from '../rules/rule-node.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Verdict } from './detector.ts';
import { runRow } from './unusual.ts';

const settings = z.object({
  rules: z
    .array(CustomRule)
    .max(MOST_RULES)
    .default([])
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
      error: 'two rules have the same name',
    })
    .describe('people’s own rules (docs/reference/rules.md)'),
});

/** Before a rule’s name in the cause of its findings: no known cause’s code looks like it. */
const RULE_CAUSE = 'rule:';

/** The name of the rule that raised a finding; null: a built-in one did. */
export function ruleOf({ kind, cause }: Pick<FindingLine, 'kind' | 'cause'>): string | null {
  return kind === 'custom-rule' ? (cause?.code.slice(RULE_CAUSE.length) ?? null) : null;
}

/** Rules people write; each has findings of its own. */
export const customRule = {
  kind: 'custom-rule',
  settings,
  detect,
} as const;

/** The newest ended run that says enough decides; one that does not neither raises nor clears. */
function detect(view: JobView, own: CustomRule): Verdict {
  const at = newestAnswered(view, own.rule);
  if (at === null) return clear('no run says enough for the rule');
  if (evaluate(own.rule, at) !== true) return clear('a run no longer meets the rule');
  const figures = figuresOf(own.rule, at);
  const { run } = at;
  const told = figures.map(({ label, quantity }) => `${label} ${quantity.text}`).join(', ');
  const meaning = own.sentence === '' ? '' : ` ${own.sentence}`;
  return seen({
    severity: own.severity,
    observed: observedOf(figures),
    expected: { value: null, unit: 'text', text: `not ${own.when}` },
    cause: { code: `${RULE_CAUSE}${own.name}`, title: `Rule ${own.name}`, shownBy: own.when },
    evidence: figures.map(({ label, quantity }) =>
      runEvidence(view, label, quantity.value, quantity.unit, runRow(run)),
    ),
    sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(run.end ?? run.start)} meets the rule ${own.name} (${own.when})${told === '' ? '' : `: ${told}`}.${meaning}`,
    nextStep:
      own.nextStep === '' ? 'Look at the run; whoever wrote the rule knows why.' : own.nextStep,
  });
}

function newestAnswered(view: JobView, rule: RuleNode): JudgedRun | null {
  const { ended, job } = view;
  for (let index = ended.length - 1; index >= 0; index -= 1) {
    const run: RecentRun | undefined = ended[index];
    if (!run) continue;
    const at = { job, run, before: ended.slice(0, index) };
    if (evaluate(rule, at) !== null) return at;
  }
  return null;
}

function observedOf([first]: readonly Figure[]): Quantity {
  if (first === undefined) return { value: null, unit: 'text', text: 'the rule is met' };
  return { ...first.quantity, text: `${first.label} ${first.quantity.text}` };
}

interface Figure {
  label: string;
  quantity: Quantity;
}

/** What the rule looked at, each once. */
function figuresOf(rule: RuleNode, at: JudgedRun): Figure[] {
  const figures = new Map<string, Figure>();
  for (const node of nodesOf(rule)) {
    if (node.kind !== 'field' && node.kind !== 'summary') continue;
    const label = node.kind === 'field' ? node.name : `${node.how}(${node.of}, ${node.runs})`;
    const value = evaluate(node, at);
    const unit = node.type === 'truth' ? 'text' : node.type;
    figures.set(label, { label, quantity: quantityOf(value, unit) });
  }
  return [...figures.values()];
}

function quantityOf(value: RuleValue, unit: string): Quantity {
  if (typeof value !== 'number') {
    const text = value === null ? 'unknown' : String(value);
    return { value: value === null ? null : text, unit, text };
  }
  const text =
    unit === 'B'
      ? sayBytes(value)
      : unit === 's'
        ? sayDuration(value)
        : String(Number(value.toPrecision(3)));
  return { value, unit, text };
}
