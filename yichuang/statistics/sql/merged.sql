/* Rows of the histogram added up. */
array[sum(counts[1]), sum(counts[2]), sum(counts[3]), sum(counts[4]), sum(counts[5]), sum(counts[6]), sum(counts[7]),
      sum(counts[8]), sum(counts[9]), sum(counts[10]), sum(counts[11]), sum(counts[12]), sum(counts[13]),
      sum(counts[14]), sum(counts[15]), sum(counts[16]), sum(counts[17]), sum(counts[18]), sum(counts[19]),
      sum(counts[20]), sum(counts[21]), sum(counts[22]), sum(counts[23]), sum(counts[24]), sum(counts[25]),
      sum(counts[26]), sum(counts[27]), sum(counts[28]), sum(counts[29]), sum(counts[30]), sum(counts[31]),
      sum(counts[32])]::bigint[]
