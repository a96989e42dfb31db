import { closedSuite } from './suite.ts';

await closedSuite([{ title: "the machine's pip", python: 'python3' }], false);
