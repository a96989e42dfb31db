/** A text file is imported as one string: the bundler inlines it. */
declare module '*.txt' {
  const text: string;
  export default text;
}
