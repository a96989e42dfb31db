import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import type { ControlsPlan } from '../controls-plan.ts';
import { applyControls } from './parts/apply-controls.ts';
import { sleep } from './parts/codeartifact.ts';
import { answerCustomResource, type CustomResourceRequest } from './parts/custom-resource.ts';
import { http } from './parts/web.ts';

const client = new CodeartifactClient({});

/** Handles CloudFormation's request to put the policies and origin controls on existing repositories. */
export async function handler(request: CustomResourceRequest): Promise<void> {
  await answerCustomResource(request, {
    id: 'access-controls',
    apply: () => applyControls({ client, sleep }, JSON.parse(String(request.ResourceProperties.Plan)) as ControlsPlan),
    http,
  });
}
