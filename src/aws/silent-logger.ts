import type { Logger } from '@smithy/types';

const ignore = (): void => {};

/**
 * Ignores the messages of an AWS client, as the SDK's own logger does. The SDK copies the input and the output of every
 * call for `info` and `error`, also if they ignore it, so that they are absent.
 */
export const silentLogger = { trace: ignore, debug: ignore, warn: ignore } as Logger;
