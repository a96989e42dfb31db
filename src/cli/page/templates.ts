/** Reasons that a button writes into the form, for people to complete. */
export const reasonTemplates = {
  approve: [
    'We read the code of this release',
    'Known project; the finding does not apply',
    'Needed now; reviewed again by ',
  ],
  deny: ['Looks like another project: ', 'Not needed; use this project: ', 'Its code does what we do not allow: '],
} as const;
