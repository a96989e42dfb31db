import { Readable } from 'node:stream';
import type { Fetch } from '../../../firewall/sources/types.ts';
import { openHttp } from '../../../index/http.ts';
import type { Http } from '../../../index/http-types.ts';
import type { NetworkSettings } from '../../../index/types.ts';
import { openUpstreamIndex } from '../../../index/upstream-index.ts';
import type { Post } from '../../../workflow/slack.ts';
import { environmentValue } from './surroundings.ts';

const proxy = environmentValue('PROXY_URL', '');

/** AWS's own hosts are reached as the network leads to them; all others through the proxy, where there is one. */
const network: NetworkSettings = {
  trustedHosts: [],
  timeoutSeconds: 15,
  ...(proxy === '' ? {} : { proxy, noProxy: '.amazonaws.com,.on.aws' }),
};

/** HTTP as this function speaks it. */
export const http: Http = openHttp(network);

/** The index that closures are read from. */
export const openUpstream = () =>
  openUpstreamIndex(
    { ...network, indexUrls: [environmentValue('UPSTREAM_INDEX')], findLinks: [] },
    { cacheSeconds: 0 },
  );

/** The web as the firewall's sources ask it. */
export const fetchWeb: Fetch = async (url, { method, headers, body, signal }) => {
  const answer = await http.request(url, { method, headers, body, signal, followRedirects: true });
  const bodiless = [101, 204, 205, 304].includes(answer.status);
  if (bodiless) answer.body.resume();
  const web = Readable.toWeb(answer.body) as ReadableStream<Uint8Array>;
  return new Response(bodiless ? null : web, { status: answer.status, headers: answer.headers });
};

/** How a notice leaves. */
export const post: Post = async (url, { method, headers, body, signal }) => {
  const answer = await http.request(url, { method, headers, body, signal });
  answer.body.resume();
  return answer;
};
