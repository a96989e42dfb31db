import { acceptedEncodings, discardBody, readBody } from './body.ts';
import { describeStatus } from './describe-status.ts';
import type { Http } from './http-types.ts';
import { isProjectName } from './names.ts';
import { simpleAcceptHeader } from './simple-page.ts';
import type { ProjectListResult } from './types.ts';

/** PyPI's list has about 40 MB as HTML. */
const maxListBytes = 256 * 1024 * 1024;
const maxProjects = 5_000_000;

/**
 * Reads the list of all projects of a simple index (PEP 503, PEP 691). Never throws.
 *
 * @param base URL of the index, with a `/` at its end
 */
export async function readProjectList(base: string, label: string, http: Http): Promise<ProjectListResult> {
  try {
    const response = await http.request(base, {
      headers: { accept: simpleAcceptHeader, 'accept-encoding': acceptedEncodings },
      followRedirects: true,
    });
    if (response.status !== 200) {
      await discardBody(response);
      const isMissing = response.status === 404 || response.status === 410;
      return isMissing
        ? { kind: 'missing' }
        : { kind: 'unreachable', cause: `\`${label}\` ${describeStatus(response)}` };
    }
    const isJson = /\bjson\b/i.test(response.headers['content-type'] ?? '');
    const text = (await readBody(response, maxListBytes)).toString();
    const names = isJson ? namesInJson(text) : namesInHtml(text);
    if (names === undefined) return { kind: 'unreachable', cause: `\`${label}\` sent a list that cannot be read` };
    return { kind: 'found', names };
  } catch (cause) {
    return { kind: 'unreachable', cause: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Merges the lists of several indexes. A list with a part missing could hide a project, so it counts as unreachable. */
export function mergeProjectLists(lists: readonly ProjectListResult[]): ProjectListResult {
  const failure = lists.find(({ kind }) => kind === 'unreachable');
  if (failure !== undefined) return failure;
  const found = lists.flatMap((list) => (list.kind === 'found' ? [list.names] : []));
  if (found.length === 0) return { kind: 'missing' };
  return { kind: 'found', names: found.length === 1 ? (found[0] ?? []) : [...new Set(found.flat())] };
}

function namesInJson(text: string): readonly string[] | undefined {
  const parsed = parse(text);
  const projects = typeof parsed === 'object' && parsed !== null && 'projects' in parsed ? parsed.projects : undefined;
  if (!Array.isArray(projects)) return undefined;
  return validNames(projects.map((project: { readonly name?: unknown } | null) => project?.name));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function namesInHtml(text: string): readonly string[] | undefined {
  if (!/<(!doctype|html|a)\b/i.test(text.slice(0, 10_000))) return undefined;
  const names: string[] = [];
  // Without `<` in the attributes, a text of unfinished links is read in linear time.
  for (const [, content = ''] of text.matchAll(/<a\b[^<>]{0,2000}>([^<]{1,300})<\/a\s*>/gi)) {
    const name = content.trim();
    if (isProjectName(name)) names.push(name);
    if (names.length === maxProjects) break;
  }
  return names;
}

const validNames = (names: readonly unknown[]): readonly string[] =>
  names.filter((name): name is string => typeof name === 'string' && isProjectName(name)).slice(0, maxProjects);
