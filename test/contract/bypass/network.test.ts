import { bypassSuite } from './suite.ts';

await bypassSuite([{ title: "the machine's pip", python: 'python3' }], false);
