// A process of its own on an embedded database: writes until it is killed, telling each committed number, or just holds it.
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import { createStore } from '../../src/store/store.ts';

const [directory = '', first = ''] = process.argv.slice(2);
const store = createStore(await openEmbeddedDoor({ directory }));
await store.migrate();
process.stdout.write('open\n');
if (first === '') setInterval(() => {}, 60_000);
else await writeFor(Number(first));

async function writeFor(from: number): Promise<never> {
  for (let number = from; ; number += 1) {
    await store.system.ensureTenant(`written-${number}`, 'owner');
    process.stdout.write(`${number}\n`);
  }
}
