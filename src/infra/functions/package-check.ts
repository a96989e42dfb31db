import { packageCheckApi } from '../../firewall/package-check-api.ts';
import { answerUrl, type UrlEvent } from './parts/function-url.ts';
import { firewallNow } from './parts/open-firewall.ts';

export const handler = async (event: UrlEvent) =>
  answerUrl(event, async (request) => packageCheckApi(await firewallNow())(request));
