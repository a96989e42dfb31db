import { expect, test } from 'vitest';
import { logsReads, type TrailSelectors } from '../../src/doctor/trail-check.ts';

const management = { Field: 'eventCategory', Equals: ['Management'] };
const advanced = (...FieldSelectors: object[]): TrailSelectors => ({
  AdvancedEventSelectors: [{ FieldSelectors: FieldSelectors as never }],
});

test.each<[string, TrailSelectors, boolean]>([
  ['all management events', { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }] }, true],
  ['reads only', { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'ReadOnly' }] }, true],
  ['a selector with defaults', { EventSelectors: [{}] }, true],
  ['writes only', { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'WriteOnly' }] }, false],
  ['data events only', { EventSelectors: [{ IncludeManagementEvents: false, ReadWriteType: 'All' }] }, false],
  ['nothing', {}, false],
  [
    'all but CodeArtifact',
    { EventSelectors: [{ ExcludeManagementEventSources: ['codeartifact.amazonaws.com'] }] },
    false,
  ],
  ['advanced: management events', advanced(management), true],
  ['advanced: management events that read', advanced(management, { Field: 'readOnly', Equals: ['true'] }), true],
  ['advanced: management events that write', advanced(management, { Field: 'readOnly', Equals: ['false'] }), false],
  ['advanced: without KMS', advanced(management, { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }), true],
  [
    'advanced: without CodeArtifact',
    advanced(management, { Field: 'eventSource', NotEquals: ['codeartifact.amazonaws.com'] }),
    false,
  ],
  ['advanced: data events', advanced({ Field: 'eventCategory', Equals: ['Data'] }), false],
])('%s', (_, selectors, expected) => {
  expect(logsReads(selectors)).toBe(expected);
});
