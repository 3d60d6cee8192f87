import { idOf } from '../domain/id.ts';
import type { Engine } from '../domain/words.ts';

const MACROS: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** The five fields of an expression, what stands before them kept apart; null for what is not five plain fields. */
function fieldsOf(
  expression: string,
  dialect: Engine | undefined,
): { prefix: string; fields: string[] } | null {
  if (dialect === 'cnpg') return fieldsAfterSeconds(expression);
  const [, prefix = '', rest = ''] = /^((?:CRON_TZ|TZ)=\S+\s+)?(.*)$/.exec(expression.trim()) ?? [];
  const fields = (MACROS[rest] ?? rest).split(/\s+/);
  return fields.length === 5 ? { prefix, fields } : null;
}

/** CloudNativePG puts the seconds first; its five fields lack the weekday, and are better not touched. */
function fieldsAfterSeconds(expression: string) {
  const macro = MACROS[expression.trim()];
  const [seconds = '', ...fields] = (macro === undefined ? expression : `0 ${macro}`)
    .trim()
    .split(/\s+/);
  return fields.length === 5 ? { prefix: `${seconds} `, fields } : null;
}

/** The same schedule at another minute of the hour; null when its minute field is not one number. */
export function withMinute(expression: string, minute: number, dialect?: Engine): string | null {
  const read = fieldsOf(expression, dialect);
  if (read === null || !/^\d+$/.test(read.fields[0]!)) return null;
  return `${read.prefix}${[String(minute), ...read.fields.slice(1)].join(' ')}`;
}

/** Hours between runs that divide a day. */
const STEPS = [1, 2, 3, 4, 6, 8, 12, 24];

/** A daily or finer schedule with the longest step of at most `seconds`, keeping the minute; null when none fits. */
export function everyAtMost(expression: string, seconds: number, dialect?: Engine): string | null {
  const step = STEPS.findLast((hours) => hours * 3_600 <= seconds);
  return step === undefined ? null : withStep(expression, step, dialect);
}

/** A schedule with the shortest step of at least `seconds`, keeping the minute; null when none fits. */
export function everyAtLeast(expression: string, seconds: number, dialect?: Engine): string | null {
  const step = STEPS.find((hours) => hours * 3_600 >= seconds);
  return step === undefined ? null : withStep(expression, step, dialect);
}

/** The daily and finer schedules that keep the minute, from the most to the least frequent. */
export function frequencies(
  expression: string,
  dialect?: Engine,
): { seconds: number; expression: string }[] {
  return STEPS.flatMap((step) => {
    const stepped = withStep(expression, step, dialect);
    return stepped === null ? [] : [{ seconds: step * 3_600, expression: stepped }];
  });
}

function withStep(expression: string, hours: number, dialect?: Engine): string | null {
  const read = fieldsOf(expression, dialect);
  if (read === null) return null;
  const [minute = '0', hour = '0'] = read.fields;
  const at = /^\d+$/.test(minute) ? minute : '0';
  const single = /^\d+$/.test(hour) ? hour : '0';
  const hourField = hours === 1 ? '*' : hours === 24 ? single : `*/${hours}`;
  return `${read.prefix}${at} ${hourField} * * *`;
}

/** A minute of the hour that a name always gets, so that many names spread evenly. */
export function minuteOf(namespace: string, name: string): number {
  return Number.parseInt(idOf('minute', namespace, name).slice(0, 8), 16) % 60;
}
