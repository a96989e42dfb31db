import { packageCheckApi } from '../../firewall/package-check-api.ts';
import { currentFirewall } from './parts/current-firewall.ts';
import { answerFunctionUrl, type FunctionUrlEvent } from './parts/function-url.ts';

export const handler = async (event: FunctionUrlEvent) =>
  answerFunctionUrl(event, async (request) => packageCheckApi(await currentFirewall())(request));
