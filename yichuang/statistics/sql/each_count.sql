/* Every number of a row of the histogram, with the number of days that it is of. */
select days_from + place::int - 1, 'count', number from unnest(counts) with ordinality as c(number, place) where number <> 0
        union all values (days_from, 'limited', limited), (days_from, 'limit_days', limit_days)
