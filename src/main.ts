// `npm start`: the same as `plimsoll serve`.
process.argv.splice(2, process.argv.length, 'serve');
await import('./cli.ts');
