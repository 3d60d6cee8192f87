import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../domain/error.ts';
import { parseRule } from './parse-rule.ts';
import { whyNeverTrue } from './never-true.ts';

function refusal(written: string): string {
  try {
    parseRule(written);
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('reading a rule', () => {
  it.each([
    'duration > 2 h',
    'addedBytes > 10 GiB and not fullRead',
    'addedBytes > 3 * median(addedBytes, 10) && weekday == "sunday"',
    'logicalBytes / duration < 1000000 or outcome != "success"',
    'duration > median(duration) + 15 min',
    'contains(error, "not a unit: 10 GiB and more") or cause == "FM-01"',
    'addedBytes > 10GiB',
    'dedupRatio < -1.5e1 or files == 0',
  ])('takes %s', (written) => {
    expect(refusal(written)).toBe('accepted');
  });

  it.each([
    ['', /empty/],
    ['duration', /gives seconds, not true or false/],
    ['duraton > 5', /no field duraton; did you mean duration\?/],
    ['addedBytes > 2 h', /bytes cannot be compared with seconds/],
    ['addedBytes + duration > 5', /bytes cannot be added to seconds|cannot be added/],
    ['outcome == "sucess"', /outcome is never "sucess"; did you mean "success"\?/],
    ['weekday > "monday"', />.*compares numbers/],
    ['duration = 5', /character 10/],
    ['duration > 10 GiB extra', /./],
    ['constructor == 1', /no field constructor/],
    ['__proto__ == 1', /no field __proto__/],
    ['duration.constructor == 1', /MemberExpression has no meaning/],
    ['median.constructor("x")', /no function of that form/],
    ['toString() == 1', /no function toString/],
    ['medan(duration, 3) > 1', /did you mean median\?/],
    ['median(duration, 400) > 1', /from 1 to 20/],
    ['median(outcome, 3) == 1', /a field that is a number/],
    ['[1] == 1', /ArrayExpression has no meaning/],
    ['this == 1', /ThisExpression has no meaning/],
    ['duration > 1 ? true : false', /no meaning|cannot be read/],
    ['duration > 5 files > 3', /./],
    ['null == 1', /null is no value/],
    ['duration > 1e999', /no value/],
    [`duration > ${'('.repeat(30)}1${')'.repeat(30)} ${'+ 1'.repeat(30)}`, /nested deeper/],
    [`${'!'.repeat(400)}fullRead`, /nested deeper/],
    ['x'.repeat(501), /501 characters/],
  ])('refuses %s', (written, message) => {
    expect(refusal(written)).toMatch(/^invalid-input: /);
    expect(refusal(written)).toMatch(message);
  });

  it('points at the character as written, beyond quantities', () => {
    expect(refusal('addedBytes > 10 GiB and )')).toMatch(/character 2[45]:/);
  });

  it('answers any text with a rule or a refusal', () => {
    const word = fc.constantFrom(
      'duration',
      '10 GiB',
      '(',
      ')',
      'and',
      '>',
      '"a"',
      'median(',
      ',',
      '.',
      '$B(',
      '__proto__',
      '!',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (written) => {
          expect(refusal(written)).toMatch(/^(accepted|invalid-input: .+)/);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a rule that can never be met', () => {
  it.each([
    ['1 > 2', /condition without any field is false/],
    ['duration > 2 h and duration < 1 h', /duration cannot be > 7200 and < 3600/],
    ['duration < 0', /duration cannot be < 0/],
    ['hour > 22 and hour < 23', /hour cannot be/],
    ['hour == 24', /hour cannot be == 24/],
    ['outcome == "failed" and outcome == "success"', /outcome cannot be/],
    ['not (duration <= 1 h or duration > 30 min)', /duration/],
    ['files > 3 and files < 4', /files/],
    ['fullRead and not fullRead', /fullRead/],
    ['name == "a" and name != "a"', /name/],
    ['5 min > duration and duration >= 300 s', /duration/],
    ['1 > 2 or (hour == 1 and hour == 2)', /without any field.*; hour/],
  ])('%s', (written, why) => {
    expect(whyNeverTrue(parseRule(written))).toMatch(why);
  });

  it.each([
    'duration > 2 h',
    'duration >= 2 h and duration <= 2 h',
    'hour >= 22 and hour < 23',
    'duration > 2 h and duration < 1 h or fullRead',
    'name != "a"',
    'name == "a" and namespace == "b"',
    'outcome != "success"',
    'duration > 2 * median(duration, 5) and duration < median(duration, 5)',
  ])('is not said of %s', (written) => {
    expect(whyNeverTrue(parseRule(written))).toBeNull();
  });
});
