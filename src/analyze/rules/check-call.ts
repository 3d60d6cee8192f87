import type jsep from 'jsep';
import { nearestWord } from '../nearest-word.ts';
import { refuseRule } from './refuse-rule.ts';
import { SUMMARIES, isNumber } from './rule-node.ts';
import type { RuleNode, Summary } from './rule-node.ts';
import { BYTES_CALL, SECONDS_CALL } from './rule-text.ts';

/** A job's memory holds 24 runs, the judged one among them. */
const MOST_RUNS = 20;
export const FUNCTIONS = [...SUMMARIES, 'contains'] as const;

/** Gives a call its meaning: a quantity, a summary over earlier runs, or contains. */
export function checkCall(
  tree: jsep.CallExpression,
  part: (inner: jsep.Expression) => RuleNode,
): RuleNode {
  const callee = tree.callee.type === 'Identifier' ? tree.callee['name'] : null;
  const name = typeof callee === 'string' ? callee : '';
  const given = tree.arguments;
  if (name === BYTES_CALL || name === SECONDS_CALL) return quantity(name, given);
  if (name === 'contains') return contains(given.map(part));
  if (isSummary(name)) return summary(name, given.map(part));
  const near = nearestWord(name, FUNCTIONS);
  throw refuseRule(
    `there is no function ${name === '' ? 'of that form' : name}${near === null ? '' : `; did you mean ${near}?`}`,
    `The functions are ${FUNCTIONS.join(', ')}.`,
  );
}

function quantity(name: string, [given]: jsep.Expression[]): RuleNode {
  const value = given?.type === 'Literal' ? given['value'] : null;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw refuseRule('a unit follows a number', 'Write 10 GiB, or 2 h.');
  return { kind: 'value', type: name === BYTES_CALL ? 'B' : 's', value };
}

function contains([text, part, ...more]: RuleNode[]): RuleNode {
  if (text?.type !== 'text' || part?.type !== 'text' || more.length > 0)
    throw refuseRule('contains takes two texts', 'Write contains(error, "timeout").');
  return { kind: 'contains', type: 'truth', text, part };
}

function isSummary(name: string): name is Summary {
  return (SUMMARIES as readonly string[]).includes(name);
}

function summary(how: Summary, [of, count, ...more]: RuleNode[]): RuleNode {
  if (of?.kind !== 'field' || !isNumber(of.type) || more.length > 0)
    throw refuseRule(
      `${how} takes a field that is a number, and how many runs`,
      `Write ${how}(duration, 10).`,
    );
  const runs = count === undefined ? 10 : count.kind === 'value' ? count.value : null;
  if (typeof runs !== 'number' || !Number.isInteger(runs) || runs < 1 || runs > MOST_RUNS)
    throw refuseRule(
      `${how} takes a whole number of runs from 1 to ${MOST_RUNS}`,
      `Write ${how}(duration, 10).`,
    );
  return { kind: 'summary', type: of.type, of: of.name, how, runs };
}
