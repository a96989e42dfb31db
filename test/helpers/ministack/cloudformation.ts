/** A stack as DescribeStacks returns it. */
export type StackState = {
  readonly status: string;
  readonly reason: string;
  readonly outputs: Readonly<Record<string, string>>;
};

export type CloudFormation = {
  /** Creates a stack and waits for its end. @throws {Error} with the failed resources. */
  create(stack: string, templateUrl: string): Promise<StackState>;
  /** Updates a stack and waits for its end. @throws {Error} with the failed resources. */
  update(stack: string, templateUrl: string): Promise<StackState>;
  /** Deletes a stack and waits for its end. @throws {Error} with the failed resources. */
  remove(stack: string): Promise<void>;
  /** Returns the types of the stack's existing resources by logical name. */
  resources(stack: string): Promise<Readonly<Record<string, string>>>;
};

const authorization =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0';

/** Returns a client of an emulator's CloudFormation, which checks no signature. */
export function cloudFormation(origin: string): CloudFormation {
  const call = async (Action: string, parameters: Readonly<Record<string, string>>): Promise<string> => {
    const answer = await fetch(origin, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Action, Version: '2010-05-15', ...parameters }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${Action}: ${answer.status} ${text}`);
    return text;
  };
  /** Returns the state of a stack, or undefined if there is none. */
  const describe = async (StackName: string): Promise<StackState | undefined> => {
    const text = await call('DescribeStacks', { StackName }).catch((error: Error) => {
      if (error.message.includes('does not exist')) return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    const outputs = valuesOf(valuesOf(text, 'Outputs')[0] ?? '', 'member').map((member) => [
      valuesOf(member, 'OutputKey')[0] ?? '',
      valuesOf(member, 'OutputValue')[0] ?? '',
    ]);
    const reason = valuesOf(text, 'StackStatusReason')[0] ?? '';
    return { status: valuesOf(text, 'StackStatus')[0] ?? '', reason, outputs: Object.fromEntries(outputs) };
  };
  const failures = async (StackName: string): Promise<string> => {
    const [events, operations] = await Promise.all([
      call('DescribeStackEvents', { StackName }),
      call('DescribeEvents', { StackName }).catch(() => ''),
    ]);
    return [...valuesOf(events, 'member'), ...valuesOf(operations, 'member')]
      .filter((event) => /_FAILED<|<ValidationStatus>FAILED</.test(event))
      .map((event) =>
        ['LogicalResourceId', 'ResourceStatusReason', 'ValidationStatusReason', 'ValidationPath']
          .map((name) => valuesOf(event, name)[0] ?? '')
          .join(' '),
      )
      .join('\n');
  };
  const settled = async (stack: string): Promise<StackState | undefined> => {
    for (;;) {
      const state = await describe(stack);
      if (!state?.status.endsWith('_IN_PROGRESS')) return state;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const change = async (verb: 'Create' | 'Update', stack: string, TemplateURL: string): Promise<StackState> => {
    const parameters = { StackName: stack, TemplateURL, 'Capabilities.member.1': 'CAPABILITY_NAMED_IAM' };
    await call(`${verb}Stack`, parameters);
    const state = await settled(stack);
    if (state?.status === `${verb.toUpperCase()}_COMPLETE`) return state;
    throw new Error(`${stack} is ${state?.status} (${state?.reason})\n${await failures(stack)}`);
  };
  return {
    create: (stack, templateUrl) => change('Create', stack, templateUrl),
    update: (stack, templateUrl) => change('Update', stack, templateUrl),
    async remove(stack) {
      await call('DeleteStack', { StackName: stack });
      const state = await settled(stack);
      if (state === undefined || state.status === 'DELETE_COMPLETE') return;
      throw new Error(`${stack} is ${state.status} (${state.reason})\n${await failures(stack)}`);
    },
    async resources(StackName) {
      const members = valuesOf(await call('DescribeStackResources', { StackName }), 'member');
      const existing = members.filter((member) =>
        /^(CREATE|UPDATE)_COMPLETE$/.test(valuesOf(member, 'ResourceStatus')[0] ?? ''),
      );
      return Object.fromEntries(
        existing.map((member) => [
          valuesOf(member, 'LogicalResourceId')[0] ?? '',
          valuesOf(member, 'ResourceType')[0] ?? '',
        ]),
      );
    },
  };
}

/** Returns the contents of the elements with this name, which must not contain each other. */
function valuesOf(xml: string, name: string): readonly string[] {
  const elements = xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'));
  return [...elements].map(([, text = '']) => unescaped(text));
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", '#x27': "'", amp: '&' };

const unescaped = (text: string): string => text.replace(/&([#\w]+);/g, (entity, name) => entities[name] ?? entity);
