import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { RuleSource, SettingChanges } from '../../domain/rule.ts';
import type { Workspace } from '../../services/api.ts';
import type { CliDeps } from '../deps.ts';
import { utc } from '../print/quantity.ts';
import { table } from '../print/table.ts';
import { printJson, takeRows, withConnection } from './context.ts';
import type { Output } from './context.ts';
import { parseSetting, readRules, ruleOf } from './rule-files.ts';

interface Flags {
  json?: boolean;
}
interface SaveFlags extends Flags {
  severity?: string;
  sentence?: string;
  nextStep?: string;
}

export function addRulesCommand(program: Command, deps: CliDeps): void {
  const rules = program
    .command('rules')
    .description('people’s own rules, and the settings of the built-in ones')
    .addHelpText(
      'after',
      "\nTry a rule first: plimsoll backtest --rule 'addedBytes > 10 GiB'.\n\nExamples:\n  plimsoll rules save big-night 'addedBytes > 3 * median(addedBytes, 10)' --severity high\n  plimsoll rules set size-drop.leastLoss=0.6\n  plimsoll rules settings",
    );
  addRuleCommands(rules, deps);
  addSettingCommands(rules, deps);
}

function addRuleCommands(rules: Command, deps: CliDeps): void {
  const open = (flags: Flags, work: (workspace: Workspace, output: Output) => Promise<void>) =>
    withConnection(deps, flags, work);
  rules
    .command('list', { isDefault: true })
    .description('the rules')
    .option('--json', 'print JSON')
    .action((flags: Flags) => open(flags, listRules));
  rules
    .command('save')
    .description('make a rule, or put it in the place of the one of this name')
    .argument('<name>', 'small letters, digits and dashes')
    .argument('<expression>', 'e.g. duration > 2 h and weekday != "sunday"')
    .option('--severity <severity>', 'critical, high, medium or low')
    .option('--sentence <text>', 'what it means when a run meets it')
    .option('--next-step <text>', 'what to do then')
    .option('--json', 'print JSON')
    .action((name: string, when: string, flags: SaveFlags) => {
      const { severity, sentence, nextStep } = flags;
      const rule = ruleOf({ name, when, severity, sentence, nextStep });
      return open(flags, (workspace, output) => saveRules(deps, workspace, output, [rule]));
    });
  rules
    .command('apply')
    .description('save every rule of a .json file')
    .argument('<file>', 'one rule or a list of rules')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: Flags) => {
      const given = await readRules(deps, file);
      await open(flags, (workspace, output) => saveRules(deps, workspace, output, given));
    });
  rules
    .command('remove')
    .description('remove a rule; its findings end')
    .argument('<name>')
    .action((name: string) =>
      open({}, async (workspace, output) => {
        await workspace.removeRule(name, deps.now());
        output.write(`removed ${name}\n`);
      }),
    );
  rules
    .command('changes')
    .description('every change of rules and settings, newest first')
    .option('--json', 'print JSON')
    .action((flags: Flags) => open(flags, listChanges));
}

function addSettingCommands(rules: Command, deps: CliDeps): void {
  rules
    .command('settings')
    .description('every setting: the value in force, its default, unit and reason')
    .option('--json', 'print JSON')
    .action((flags: Flags) => withConnection(deps, flags, listSettings));
  rules
    .command('set')
    .description('change settings; the others stay')
    .argument('<kind.key=value...>')
    .action((texts: string[]) =>
      changeSettings(deps, (settings) => {
        for (const { kind, name, value } of texts.map(parseSetting))
          settings[kind] = { ...settings[kind], [name]: value };
      }),
    );
  rules
    .command('reset')
    .description('give a kind’s settings their defaults again')
    .argument('<kind...>')
    .action((kinds: string[]) =>
      changeSettings(deps, (settings) => {
        for (const kind of kinds) {
          if (settings[kind] === undefined)
            throw new AppError('invalid-input', `no setting of ${kind} differs from its default`);
          Reflect.deleteProperty(settings, kind);
        }
      }),
    );
}

async function listRules(workspace: Workspace, output: Output): Promise<void> {
  const { rules } = await workspace.readRules();
  if (output.json) return printJson(output, rules);
  if (rules.length === 0) return output.write('no rules; `plimsoll rules save` makes one\n');
  const rows = rules.map(({ name, severity, when, changedBy }) => [
    name,
    severity,
    when,
    changedBy,
  ]);
  output.write(table(['NAME', 'SEVERITY', 'WHEN', 'BY'], rows, output.columns));
}

async function saveRules(
  deps: CliDeps,
  workspace: Workspace,
  output: Output,
  rules: readonly RuleSource[],
): Promise<void> {
  for (const rule of rules) {
    const saved = await workspace.saveRule(rule, deps.now());
    if (output.json) printJson(output, { name: rule.name, ...saved });
    else output.write(`saved ${rule.name}\n`);
    if (saved.warning !== null) deps.err.write(`warning: ${rule.name}: ${saved.warning}\n`);
  }
}

async function listChanges(workspace: Workspace, output: Output): Promise<void> {
  const { items } = await takeRows(100, (page) => workspace.listRuleChanges(page));
  if (output.json) return printJson(output, items);
  if (items.length === 0) return output.write('no rule and no setting has been changed yet\n');
  const rows = items.map(({ at, actor, subject, name, after }) => [
    utc(at),
    actor,
    name === null ? subject : `${subject} ${name}`,
    after === null ? 'removed' : JSON.stringify(after),
  ]);
  output.write(table(['AT', 'BY', 'WHAT', 'AFTER'], rows, output.columns));
}

async function listSettings(workspace: Workspace, output: Output): Promise<void> {
  const settings = await workspace.readJudgeSettings();
  if (output.json) return printJson(output, settings);
  const rows = settings.items.map((one) => [
    `${one.kind}.${one.name}`,
    String(one.value),
    String(one.default),
    one.text,
  ]);
  output.write(table(['SETTING', 'VALUE', 'DEFAULT', 'UNIT; REASON'], rows, output.columns));
}

function changeSettings(deps: CliDeps, change: (settings: SettingChanges) => void): Promise<void> {
  return withConnection(deps, {}, async (workspace, output) => {
    const settings = { ...(await workspace.readRules()).settings };
    change(settings);
    await workspace.saveJudgeSettings(settings, deps.now());
    output.write('saved; it counts from the next judgement on, and history is not judged again\n');
  });
}
