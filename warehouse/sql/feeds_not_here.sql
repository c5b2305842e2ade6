-- Which feeds of which nodes have not come: the frame `late_feeds`.
SELECT location, source FROM late_feeds ORDER BY location, source
