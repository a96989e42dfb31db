import { discardBody } from '../index/body.ts';
import type { Http } from '../index/http-types.ts';
import type { Post } from './notices/post.ts';

/** Returns a function that sends notices over HTTP with the machine's network settings. */
export function postOver(http: Http): Post {
  return async (url, { method, headers, body, signal }) => {
    const answer = await http.request(url, { method, headers, body, signal });
    await discardBody(answer);
    return answer;
  };
}
