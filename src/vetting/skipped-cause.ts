/** The cause on the record of a release that was not fetched, because what needs it is not allowed. It is no failure. */
export const skippedCause = 'not fetched, because the release that needs it is not allowed';
