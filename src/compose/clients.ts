/** What every AWS client is opened with. Absent parts come from the SDK's own chain. */
export type ClientConfiguration = {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
};

/** Only what is said: an explicit undefined would switch the SDK's own chain off. */
function said({ region, profile, endpoint, credentials }: ClientConfiguration) {
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
  };
}

// Each loads its SDK when first called: an install that misses nothing, with its token cached, loads none.

export async function codeArtifactClient(configuration: ClientConfiguration) {
  const { CodeartifactClient } = await import('@aws-sdk/client-codeartifact');
  return new CodeartifactClient(said(configuration));
}

export async function dynamoClient(configuration: ClientConfiguration) {
  const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  return new DynamoDBClient(said(configuration));
}

export async function stepFunctionsClient(configuration: ClientConfiguration) {
  const { SFNClient } = await import('@aws-sdk/client-sfn');
  return new SFNClient(said(configuration));
}
