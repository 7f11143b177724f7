//! How the page looks, in both themes, on a phone and on paper.

/// The style sheet of reports, after what all pages share.
pub const STYLE: &str = "\
body{max-width:76rem}.skip{position:absolute;left:-100rem}.skip:focus{left:1rem}main:focus{outline:none}\
.kind{color:var(--muted);margin:0;font-size:.9rem;letter-spacing:.04em}h1{margin:.1rem 0 .5rem;font-size:1.9rem}\
.badge{border:2px solid currentColor;border-radius:1rem;padding:.1rem .7rem;font-weight:600}\
.good{color:var(--good)}.bad{color:var(--bad)}.care{color:var(--care)}\
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.75rem 1.25rem;margin:1.25rem 0}\
.facts div{border-left:3px solid var(--line);padding-left:.6rem}dt{color:var(--muted);font-size:.85rem}dd{margin:0}\
nav ul{display:flex;flex-wrap:wrap;gap:.35rem .5rem;list-style:none;margin:0;padding:0}\
nav a{border:1px solid var(--line);border-radius:.4rem;display:inline-block;padding:.3rem .65rem;text-decoration:none}\
.error{border:1px solid var(--line);border-left:5px solid var(--bad);padding:.5rem 1rem;margin:1rem 0}.error p{margin:.35rem 0}\
.when,.place,.muted{color:var(--muted)}.wide{overflow-x:auto}\
table{border-collapse:collapse;min-width:100%}th,td{border-bottom:1px solid var(--line);padding:.4rem .75rem .4rem 0;\
text-align:left;vertical-align:top;overflow-wrap:break-word}th{color:var(--muted);font-weight:600;font-size:.85rem}td{min-width:5.5rem}td:last-child:not(.number){min-width:11rem}\
.number{font-variant-numeric:tabular-nums;white-space:nowrap}\
.sum{font-family:ui-monospace,monospace;font-size:.8rem;min-width:14rem}\
.lane{display:grid;grid-template-columns:minmax(8rem,15rem) 1fr;gap:.2rem 1rem;align-items:center;margin:.35rem 0}\
.lane svg{display:block;width:100%;height:1.4rem;background:var(--soft)}\
.lane span{font-size:.9rem}.key{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;list-style:none;padding:0;font-size:.9rem}\
.key svg{width:1rem;height:.8rem;margin-right:.4rem;vertical-align:-.05rem}\
.fill-good{fill:var(--good)}.fill-bad{fill:var(--bad)}.fill-care{fill:var(--care)}.fill-muted{fill:var(--muted)}\
.fill-line{fill:var(--line)}.fill-link{fill:var(--link)}\
.steps{list-style:none;margin:0;padding:0}.steps>li{border-bottom:1px solid var(--line);padding:.45rem 0}\
.step{display:grid;grid-template-columns:7.5rem 1fr auto;gap:.15rem 1rem;align-items:baseline}\
.step .fate{font-weight:600;font-size:.9rem}.bar{display:block;grid-column:2/4;width:100%;height:.3rem}\
.steps details{margin:.25rem 0 0 8.5rem}summary{cursor:pointer;color:var(--muted);font-size:.9rem}section>details>summary{color:var(--text);font-size:1rem;padding:.3rem 0}\
.because{margin:.2rem 0 0 8.5rem}.because.muted{font-size:.9rem}.waits{margin:.25rem 0;padding-left:1.1rem}.waits ol{padding-left:1.1rem;color:var(--muted)}\
.superseded .name{text-decoration:line-through;text-decoration-color:var(--muted)}\
.change{border-bottom:1px solid var(--line);padding:.35rem 0}.change p{margin:0}.diff{font-size:.85rem;margin:.3rem 0;padding:.4rem .75rem;\
white-space:pre-wrap}.words{white-space:pre-wrap}footer{border-top:1px solid var(--line);color:var(--muted);margin-top:3rem}\
@media(max-width:40rem){body{padding:.75rem .85rem 3rem}h1{font-size:1.5rem}h2{margin-top:2rem}\
.facts{grid-template-columns:1fr 1fr}.lane{grid-template-columns:1fr}\
.step{grid-template-columns:1fr auto}.step .name{grid-column:1/3;order:3}.bar{grid-column:1/3;order:4}\
.steps details,.because{margin-left:0}}\
@media print{.wide{overflow:visible}details::details-content{content-visibility:visible;display:block}\
.steps>li,.change,tr{break-inside:avoid}}";
