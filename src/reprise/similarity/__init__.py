"""What is alike: clusters of songs, their names and a map. It knows arrays only, one row a song."""
