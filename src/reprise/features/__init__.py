"""What is heard: the shared spectrogram and the streaming extractors that read it."""
