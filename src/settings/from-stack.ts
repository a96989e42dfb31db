import { AwspipError } from '../errors.ts';
import { type Setting, settings } from './table.ts';

/**
 * What a deployment says awspip needs to know, by the keys of the settings files. Keys of a newer awspip are left out
 * and named; so is what only a user may decide, and anything secret.
 *
 * @throws {AwspipError} `stack-settings-invalid` (78).
 */
export function stackSettings(
  parameter: string,
  text: string,
): { readonly values: Readonly<Record<string, string>>; readonly ignored: readonly string[] } {
  const known = new Map((Object.values(settings) as Setting<unknown>[]).map((setting) => [setting.key, setting]));
  const values: Record<string, string> = {};
  const ignored: string[] = [];
  for (const [key, value] of Object.entries(objectOf(parameter, text))) {
    const setting = known.get(key);
    if (setting === undefined || !setting.projectFile || setting.secret === true) {
      ignored.push(key);
    } else if (typeof value !== 'string' || setting.parse(value) === undefined) {
      throw invalid(parameter, `\`${key}\` is not ${setting.expects}`);
    } else {
      values[key] = value;
    }
  }
  if (values.domain === undefined) throw invalid(parameter, 'it names no `domain`');
  return { values, ignored };
}

function objectOf(parameter: string, text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Said below.
  }
  throw invalid(parameter, 'it is no JSON object');
}

function invalid(parameter: string, what: string): AwspipError {
  return new AwspipError('stack-settings-invalid', `parameter ${parameter} holds no settings of awspip: ${what}`, {
    exit: 'configuration',
    hint: 'deploy the stack again with this version of awspip',
  });
}
