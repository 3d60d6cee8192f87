/**
 * The standard five fields of github.com/robfig/cron v3, which Go controllers share: `a/b` means `a-max/b`, `?` is
 * `*`, weekdays run 0 to 6, and day-of-month and day-of-week must both match as soon as one of them is a star.
 */
import type { Reading } from './recurrence.ts';

interface Field {
  name: string;
  min: number;
  max: number;
  names: readonly string[];
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');
const MINUTE: Field = { name: 'minute', min: 0, max: 59, names: [] };
const HOUR: Field = { name: 'hour', min: 0, max: 23, names: [] };
const DAY: Field = { name: 'day of month', min: 1, max: 31, names: [] };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
const WEEKDAY: Field = { name: 'day of week', min: 0, max: 6, names: DAYS };

export const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

export interface RobfigOptions {
  /** Descriptors the engine lets through, e.g. `@daily`. */
  descriptors: readonly string[];
  /** Whether `jan` and `mon` are let through. */
  names: boolean;
}

/** Reads five fields or a descriptor; `unknown` names the field at fault. */
export function readRobfig(expression: string, timeZone: string, options: RobfigOptions): Reading {
  if (!isTimeZone(timeZone)) return unknown(`the time zone "${timeZone}" is not known`);
  const text = expression.trim();
  if (text.startsWith('@') && !options.descriptors.includes(text)) {
    return unknown(`"${text}" is not a descriptor this engine knows`);
  }
  const fields = (DESCRIPTORS[text] ?? text).split(/\s+/);
  if (fields.length !== 5) return unknown(`"${text}" has ${fields.length} fields, not five`);
  return readFields(fields, timeZone, options);
}

function readFields(fields: string[], timeZone: string, options: RobfigOptions): Reading {
  const [minuteText, hourText, dayText, monthText, weekdayText] = fields;
  const minutes = parseField(minuteText, MINUTE, options);
  const hours = parseField(hourText, HOUR, options);
  const days = parseField(dayText, DAY, options);
  const months = parseField(monthText, MONTH, options);
  const weekdays = parseField(weekdayText, WEEKDAY, options);
  if (typeof minutes === 'string') return unknown(minutes);
  if (typeof hours === 'string') return unknown(hours);
  if (typeof days === 'string') return unknown(days);
  if (typeof months === 'string') return unknown(months);
  if (typeof weekdays === 'string') return unknown(weekdays);
  const minutesOfDay = hours.values.flatMap((hour) =>
    minutes.values.map((minute) => hour * 60 + minute),
  );
  const dayPattern = ['0', '0', listOf(days), listOf(months), listOf(weekdays)].join(' ');
  return { type: 'recurrence', recurrence: { dayPattern, minutesOfDay, timeZone } };
}

interface Values {
  values: number[];
  /** A plain star without a step: the one case in which the other day field decides alone. */
  star: boolean;
}

function listOf(field: Values): string {
  return field.star ? '*' : field.values.join(',');
}

function parseField(
  text: string | undefined,
  field: Field,
  options: RobfigOptions,
): Values | string {
  const found = new Set<number>();
  let star = false;
  for (const part of (text ?? '').split(',')) {
    const range = parsePart(part, field, options);
    if (typeof range === 'string') return range;
    star ||= range.star;
    for (let value = range.from; value <= range.to; value += range.step) found.add(value);
  }
  return { values: [...found].sort((a, b) => a - b), star };
}

function parsePart(part: string, field: Field, options: RobfigOptions) {
  const wrong = `the ${field.name} "${part}" is not valid`;
  const [range = '', stepText, ...rest] = part.split('/');
  if (rest.length > 0) return wrong;
  const step = stepText === undefined ? 1 : numberOf(stepText);
  if (step === null || step < 1) return wrong;
  if (range === '*' || range === '?') {
    return { from: field.min, to: field.max, step, star: step === 1 };
  }
  const [fromText = '', toText, ...more] = range.split('-');
  const from = valueOf(fromText, field, options);
  const to = toText === undefined ? from : valueOf(toText, field, options);
  if (more.length > 0 || from === null || to === null) return wrong;
  const end = toText === undefined && stepText !== undefined ? field.max : to;
  if (from < field.min || end > field.max || from > end) return wrong;
  return { from, to: end, step, star: false };
}

function valueOf(text: string, field: Field, options: RobfigOptions): number | null {
  const index = options.names ? field.names.indexOf(text.toLowerCase()) : -1;
  return index >= 0 ? index + field.min : numberOf(text);
}

function numberOf(text: string): number | null {
  return /^\d{1,4}$/.test(text) ? Number(text) : null;
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function unknown(reason: string): Reading {
  return { type: 'unknown', reason };
}
