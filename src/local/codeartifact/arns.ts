import { stackNames } from '../names.ts';

/** Returns the ARN of a resource of CodeArtifact: `domain`, `repository` or `package-group`, and its path. */
export function arnOf(kind: string, path: string): string {
  return `arn:aws:codeartifact:${stackNames.region}:${stackNames.owner}:${kind}/${path}`;
}
