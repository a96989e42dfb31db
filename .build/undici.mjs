// The part of undici that awspip uses. Its index also loads fetch, cookies, WebSockets and more, which takes 50 ms at
// each start.
import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';

// As undici's index does.
Object.assign(Dispatcher.prototype, api);

export { Agent, ProxyAgent };
