"""WeCom's callbacks: opened, kept, answered at once; what they tell is looked at right after."""
