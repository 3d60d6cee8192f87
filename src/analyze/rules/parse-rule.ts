import jsep from 'jsep';
import { AppError } from '../../domain/error.ts';
import { LONGEST_RULE } from '../../domain/rule.ts';
import { checkRule } from './check-rule.ts';
import type { RuleNode } from './rule-node.ts';
import { refuseRule } from './refuse-rule.ts';
import { plainText } from './rule-text.ts';

/**
 * Reads an expression over a run's fields. The library only builds the tree; what may stand in it and what it means is
 * decided here, so nothing of the expression is ever executed. Throws AppError `invalid-input` with the place and the
 * nearest right word.
 */
export function parseRule(written: string): RuleNode {
  if (written.trim() === '')
    throw refuseRule('the rule is empty', 'Write what to look for, e.g. addedBytes > 10 GiB.');
  if (written.length > LONGEST_RULE)
    throw refuseRule(
      `the rule has ${written.length} characters; at most ${LONGEST_RULE} are read`,
      'Write two rules.',
    );
  return checkRule(treeOf(written));
}

function treeOf(written: string): jsep.Expression {
  const plain = plainText(written);
  try {
    return jsep(plain.text);
  } catch (cause) {
    const { index, description } = readFault(cause);
    const at = plain.placeOf(index);
    const single = /(^|[^=!<>])=($|[^=])/.test(written.slice(Math.max(0, at - 2), at + 2));
    throw new AppError(
      'invalid-input',
      `the rule cannot be read at character ${at + 1}: ${description}`,
      {
        cause,
        nextStep: single
          ? 'Compare with ==, not with a single =.'
          : 'docs/reference/rules.md shows how rules are written.',
      },
    );
  }
}

function readFault(cause: unknown): { index: number; description: string } {
  const fault: object = cause instanceof Error ? cause : {};
  const index = 'index' in fault && typeof fault.index === 'number' ? fault.index : 0;
  const told = 'description' in fault ? fault.description : null;
  return { index, description: typeof told === 'string' ? told : 'it is not an expression' };
}
