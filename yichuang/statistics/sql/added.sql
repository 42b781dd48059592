/* A row of the histogram and what is added to it. */
array[r.counts[1] + s.counts[1], r.counts[2] + s.counts[2], r.counts[3] + s.counts[3], r.counts[4] + s.counts[4],
      r.counts[5] + s.counts[5], r.counts[6] + s.counts[6], r.counts[7] + s.counts[7], r.counts[8] + s.counts[8],
      r.counts[9] + s.counts[9], r.counts[10] + s.counts[10], r.counts[11] + s.counts[11],
      r.counts[12] + s.counts[12], r.counts[13] + s.counts[13], r.counts[14] + s.counts[14],
      r.counts[15] + s.counts[15], r.counts[16] + s.counts[16], r.counts[17] + s.counts[17],
      r.counts[18] + s.counts[18], r.counts[19] + s.counts[19], r.counts[20] + s.counts[20],
      r.counts[21] + s.counts[21], r.counts[22] + s.counts[22], r.counts[23] + s.counts[23],
      r.counts[24] + s.counts[24], r.counts[25] + s.counts[25], r.counts[26] + s.counts[26],
      r.counts[27] + s.counts[27], r.counts[28] + s.counts[28], r.counts[29] + s.counts[29],
      r.counts[30] + s.counts[30], r.counts[31] + s.counts[31], r.counts[32] + s.counts[32]]
