/**
 * Stands in for `@aws-sdk/client-lambda` and `@aws-sdk/credential-providers` in the bundle: the interpreter library
 * imports them for tasks that have no local function, of which the stack runs none.
 */
export class LambdaClient {
  constructor() {
    throw new Error('the embedded stack calls no AWS Lambda');
  }
}

export class InvokeCommand {}

export function fromCognitoIdentityPool(): never {
  throw new Error('the embedded stack calls no AWS Lambda');
}
