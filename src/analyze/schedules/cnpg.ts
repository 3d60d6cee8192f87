import type { Dialect } from './recurrence.ts';
import { DESCRIPTORS, readRobfig } from './robfig.ts';
import { readVelero } from './velero.ts';

/**
 * CloudNativePG's schedule: github.com/robfig/cron v1, which puts seconds first and lets the weekday be left out. Five
 * fields are therefore not what they look like: `0 3 * * *` runs at the third minute of every hour. Due times are told
 * to the minute.
 */
export const readCnpg: Dialect = (expression, timeZone) => {
  const text = expression.trim();
  if (text.startsWith('@every')) return readVelero(text, timeZone);
  const options = { descriptors: Object.keys(DESCRIPTORS), names: true };
  if (text.startsWith('@')) return readRobfig(text, timeZone, options);
  const [seconds = '', ...fields] = text.split(/\s+/);
  if (fields.length !== 4 && fields.length !== 5) {
    const reason = `"${text}" has ${fields.length + 1} fields, not six with the seconds first`;
    return { type: 'unknown', reason };
  }
  if (!/^[0-5]?\d$/.test(seconds)) {
    return { type: 'unknown', reason: `the seconds "${seconds}" are not one second of a minute` };
  }
  return readRobfig([...fields, '*'].slice(0, 5).join(' '), timeZone, options);
};
