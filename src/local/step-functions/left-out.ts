/**
 * Stands in the bundle for `@aws-sdk/client-lambda`, `@aws-sdk/credential-providers` and `asl-validator`, which the
 * interpreter library imports for what the stack never does: tasks without a local function, and checking the document
 * (a test does that). Half a megabyte less for everyone who fetches awspip.
 */
export class LambdaClient {
  constructor() {
    throw leftOut();
  }
}

export class InvokeCommand {}

export function fromCognitoIdentityPool(): never {
  throw leftOut();
}

export default function aslValidator(): never {
  throw leftOut();
}

function leftOut(): Error {
  return new Error('the local stack calls no AWS Lambda and checks no document');
}
