/** Returns the variables with which twine and uv upload to the repository. Poetry has none for other repositories. */
export function uploadVariables(endpoint: string, token: string): Readonly<Record<string, string>> {
  return {
    TWINE_REPOSITORY_URL: endpoint,
    TWINE_USERNAME: 'aws',
    TWINE_PASSWORD: token,
    UV_PUBLISH_URL: endpoint,
    UV_PUBLISH_USERNAME: 'aws',
    UV_PUBLISH_PASSWORD: token,
  };
}
