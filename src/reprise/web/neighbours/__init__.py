"""Routes that other music servers, their plug-ins and their clients call; how they speak is theirs."""
