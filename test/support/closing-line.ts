import type { UserConsoleLog } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { whatIsMissing } from './real.ts';

/** Names what was skipped, and what this machine lacks for it; ends a run with `N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  private readonly missing = new Set<string>();

  onUserConsoleLog({ content }: UserConsoleLog): void {
    for (const what of whatIsMissing(content)) this.missing.add(what);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const skipped = new Map<string, number>();
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0)
        counts.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state] += 1;
        if (state !== 'skipped') continue;
        const [suite] = test.parent.type === 'suite' ? test.parent.fullName.split(' > ') : [];
        const name = suite ?? module.relativeModuleId;
        skipped.set(name, (skipped.get(name) ?? 0) + 1);
      }
    }
    const suites = [...skipped].map(([name, tests]) => `skipped: ${name} (${tests})`).sort();
    const lacks = [...this.missing]
      .sort()
      .map((what) => `this machine lacks ${what}: its tests were skipped`);
    const closing = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`;
    process.stdout.write(`${[...suites, ...lacks, closing].join('\n')}\n`);
  }
}
