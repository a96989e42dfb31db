/**
 * Stands in the bundle for packages that the stack's libraries import for what the stack never does: tasks without a
 * local function (`@aws-sdk/client-lambda`, `@aws-sdk/credential-providers`), checking the document (`asl-validator`,
 * a test does that), and a database in native code (`level`).
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
