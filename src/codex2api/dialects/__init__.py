"""What clients say and hear. Pure: requests in, ``ResponsesRequest`` out; events in, frames out."""
