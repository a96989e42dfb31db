/** Returns points with their sign. */
export const pointsText = (points: number): string => (points < 0 ? `${points}` : `+${points}`);
