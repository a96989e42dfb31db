import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './faulty-index.ts';
import type { Ending } from './upstream-faults.ts';

/** One kind of fault of an AWS service: which call fails, how, and how an install ends. */
export type EndpointFault = readonly [operation: string, description: string, fault: Fault, ending: Ending];

const json = { 'content-type': 'application/x-amz-json-1.0' };
/** Answers with an exception of the service. REST calls have its name in a header, and the others in the body. */
const exception =
  (name: string, status = 400): Fault =>
  ({ response }) =>
    void response
      .writeHead(status, { ...json, 'x-amzn-errortype': name })
      .end(JSON.stringify({ __type: name, message: 'on purpose' }));
const text =
  (status: number, body: string, type = 'text/html'): Fault =>
  ({ response }) =>
    void response.writeHead(status, { 'content-type': type }).end(body);
const once =
  (fault: Fault): Fault =>
  (call) =>
    call.attempt === 1 ? fault(call) : call.forward();
const reset: Fault = ({ incoming }) => void incoming.socket.resetAndDestroy();
const resetAfterHeaders: Fault = ({ incoming, response }) => {
  response.writeHead(200, { 'content-length': '1000' }).flushHeaders();
  setTimeout(() => incoming.socket.resetAndDestroy(), 20);
};
const slow: Fault = async ({ forward }) => {
  await pause(2000);
  forward();
};
const ends = (exitCode: number, cause: RegExp): Ending => ({ exitCode, cause });

const [token, endpoint, page] = [
  'POST /v1/authorization-token',
  'GET /v1/repository/endpoint',
  'GET /pypi/.*/simple/faulty-\\d+/$',
];
const file = 'GET /pypi/.*\\.whl$';

/** All kinds of faults. */
export const endpointFaults: readonly EndpointFault[] = [
  [token, 'ThrottlingException, once', once(exception('ThrottlingException', 429)), 'recovers'],
  [token, 'InternalServerException', exception('InternalServerException', 500), ends(69, /InternalServer|unavailable/)],
  [token, 'AccessDeniedException', exception('AccessDeniedException', 403), ends(77, /denie/)],
  [token, 'ResourceNotFoundException', exception('ResourceNotFoundException', 404), ends(78, /has no domain/)],
  [token, 'HTML with 200', text(200, '<html>sign in</html>'), ends(69, /failed to process GetAuthorizationToken/)],
  [token, 'a reset, once', once(reset), 'recovers'],
  [token, 'a slow answer', slow, 'recovers'],
  [endpoint, 'InternalServerException, once', once(exception('InternalServerException', 500)), 'recovers'],
  [endpoint, 'HTML with 502', text(502, '<html>bad gateway</html>'), ends(69, /502|unavailable/)],
  [page, '429 once', once(text(429, 'slow down', 'text/plain')), 'recovers'],
  [page, '503 once', once(text(503, 'busy', 'text/plain')), 'recovers'],
  [page, '503', text(503, 'busy', 'text/plain'), ends(69, /failed \(503\)/)],
  [page, '403', text(403, 'no', 'text/plain'), ends(77, /denies access|may not|permission/)],
  [page, 'a reset, once', once(reset), 'recovers'],
  [page, 'a login page', text(200, '<form><input type="password"></form>'), ends(69, /not a simple-index page/)],
  [file, '503 once', once(text(503, 'busy', 'text/plain')), 'recovers'],
  [file, 'another length and a reset, once', once(resetAfterHeaders), ends(69, /it gave two sizes/)],
  [file, '503', text(503, 'busy', 'text/plain'), ends(69, /failed \(503\)/)],
  ['GetItem', 'throttling, once', once(exception('ProvisionedThroughputExceededException')), 'recovers'],
  ['GetItem', 'InternalServerError, once', once(exception('InternalServerError', 500)), 'recovers'],
  ['GetItem', 'InternalServerError', exception('InternalServerError', 500), ends(69, /table .*unavailable/)],
  ['GetItem', 'AccessDeniedException', exception('AccessDeniedException'), ends(77, /AWS denied access to table/)],
  ['GetItem', 'HTML with 200', text(200, '<html>sign in</html>'), ends(69, /table/)],
  ['GetItem', 'a reset, once', once(reset), 'recovers'],
  ['GetItem', 'a slow answer', slow, 'recovers'],
  ['StartExecution', 'ThrottlingException, once', once(exception('ThrottlingException')), 'recovers'],
  ['StartExecution', 'ThrottlingException', exception('ThrottlingException'), ends(69, /throttles/)],
  [
    'StartExecution',
    'AccessDeniedException',
    exception('AccessDeniedException'),
    ends(77, /AWS denied access to state machine/),
  ],
  ['StartExecution', 'StateMachineDoesNotExist', exception('StateMachineDoesNotExist'), ends(78, /does not exist/)],
  ['StartExecution', 'a reset, once', once(reset), 'recovers'],
  ['StartExecution', 'HTML with 503', text(503, '<html>busy</html>'), ends(69, /state machine/)],
  ['DescribeExecution', 'InternalServerError', exception('InternalServerError', 500), 'recovers'],
];
